import type { Context } from '../context.ts'
import { type Description, knownDescription, pathOfDataset, placeOf } from '../dataset/description.ts'
import { datasetTargetOf } from '../dataset/store.ts'
import { type Begin, type Taken, take } from '../dataset/take.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { TakeOptions } from '../options/dataset.ts'

type RunOptions = ConnectionOptions & TakeOptions

export type RefreshOptions = RunOptions & {
  readonly periods?: number
  readonly fullEvery?: number
  readonly changedValues: boolean
  readonly adopt?: true
  readonly exitCode?: true
}

/** What a refresh that has something to tell ends with, under `--exit-code`. */
const statusOf = { some: 10, all: 11 }

/** `dhis2-analytics dataset run`. */
export async function datasetRun(name: string, options: RunOptions, context: Context): Promise<void> {
  await takeKnown(name, (pull, how) => pull.run(how), options, context)
}

/** `dhis2-analytics dataset refresh`. */
export async function datasetRefresh(name: string, options: RefreshOptions, context: Context): Promise<void> {
  const { periods, fullEvery: fullEveryDays, changedValues, adopt } = options
  const refresh: Begin = (pull, how) => pull.refresh({ ...how, periods, fullEveryDays, changedValues, adopt })
  const { isChanged, isAll } = await takeKnown(name, refresh, options, context)
  if (options.exitCode && isChanged) context.status = isAll ? statusOf.all : statusOf.some
}

async function takeKnown(name: string, begin: Begin, options: RunOptions, context: Context): Promise<Taken> {
  const description = await knownDescription(name)
  const target = datasetTargetOf(placeOf(pathOfDataset(name), description), description)
  return take({ name, description, target }, begin, { ...options, ...whoOf(description, options) }, context)
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
