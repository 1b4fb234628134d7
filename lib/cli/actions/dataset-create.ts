import { serverOf } from '../connect/client.ts'
import type { Context } from '../context.ts'
import {
  checkSame,
  type Description,
  descriptionIn,
  pathOfDataset,
  placeFrom,
  placeOf,
  writeDescription,
} from '../dataset/description.ts'
import { datasetTargetOf } from '../dataset/store.ts'
import { type Begin, take } from '../dataset/take.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { FileFormat, TakeOptions } from '../options/dataset.ts'
import type { QuestionOptions } from '../options/question.ts'

export interface CreateOptions extends ConnectionOptions, QuestionOptions, TakeOptions {
  readonly to?: string
  readonly format?: FileFormat
  readonly table?: string
  readonly adopt?: true
}

/** `dhis2-analytics dataset create`. */
export async function datasetCreate(name: string, options: CreateOptions, context: Context): Promise<void> {
  const path = pathOfDataset(name)
  const { endpoint, dx, pe, ou, dimension, filter, param, profile, table } = options
  const to = placeFrom(path, options.to)
  const target = datasetTargetOf(placeOf(path, { to }), { files: options.format, table })
  const description: Description = {
    format: 1,
    server: await serverOf(options),
    profile,
    question: { endpoint, dx, pe, ou, dimension, filter, param },
    to,
    ...(target.kind === 'folder' ? { files: target.files } : { table }),
  }
  const known = await descriptionIn(path)
  const { adopt } = options
  if (known) checkSame(path, adopt ? { ...known, question: description.question } : known, description)
  const isNew = known === undefined || adopt === true
  let isWritten = !isNew
  // What can't be asked, or not be kept there, leaves nothing behind.
  const heard = async () => {
    if (!isWritten) await writeDescription(path, description)
    isWritten = true
  }
  const begin: Begin = (pull, how) => (adopt ? pull.refresh({ ...how, adopt }) : pull.run(how))
  await take({ name, description, target, isNew, heard }, begin, options, context)
}
