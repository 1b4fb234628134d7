import type { Context } from '../context.ts'
import { type Description, knownDescription, pathOfDataset, placeOf } from '../dataset/description.ts'
import { datasetTargetOf } from '../dataset/store.ts'
import { type Begin, take } from '../dataset/take.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { ReportOptions } from '../options/dataset.ts'

type RunOptions = ConnectionOptions & ReportOptions

export type RefreshOptions = RunOptions & {
  readonly periods?: number
  readonly changedValues: boolean
}

/** `dhis2-analytics dataset run`. */
export function datasetRun(name: string, options: RunOptions, context: Context): Promise<void> {
  return takeKnown(name, (pull, into) => pull.run(into), options, context)
}

/** `dhis2-analytics dataset refresh`. */
export function datasetRefresh(name: string, options: RefreshOptions, context: Context): Promise<void> {
  const { periods, changedValues } = options
  return takeKnown(name, (pull, into) => pull.refresh({ ...into, periods, changedValues }), options, context)
}

async function takeKnown(name: string, begin: Begin, options: RunOptions, context: Context): Promise<void> {
  const description = await knownDescription(name)
  const target = datasetTargetOf(placeOf(pathOfDataset(name), description), description)
  await take({ name, description, target }, begin, { ...options, ...whoOf(description, options) }, context)
}

/** As it was created, unless somebody says otherwise now; a secret goes to no other server than the one it is for. */
function whoOf({ server, profile }: Description, typed: ConnectionOptions): ConnectionOptions {
  const { url, username, passwordFile, patFile } = typed
  const isSaid = url ?? username ?? passwordFile ?? patFile
  return {
    url: url ?? server,
    ...(profile !== undefined && isSaid === undefined && { profile: typed.profile ?? profile }),
  }
}
