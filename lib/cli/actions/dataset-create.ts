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
import { take } from '../dataset/take.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import type { FileFormat, ReportOptions } from '../options/dataset.ts'
import type { QuestionOptions } from '../options/question.ts'

export interface CreateOptions extends ConnectionOptions, QuestionOptions, ReportOptions {
  readonly to?: string
  readonly format?: FileFormat
  readonly table?: string
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
  if (known) checkSame(path, known, description)
  let isWritten = known !== undefined
  // What can't be asked, or not be kept there, leaves nothing behind.
  const heard = async () => {
    if (!isWritten) await writeDescription(path, description)
    isWritten = true
  }
  await take({ name, description, target, heard }, (pull, into) => pull.run(into), options, context)
}
