import { readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { toFile } from '../../index.ts'
import { Failure, usage } from '../ending/failure.ts'
import { fileFormats } from '../options/dataset.ts'
import type { QuestionOptions } from '../options/question.ts'
import { isAddress } from '../output/table-target.ts'

const texts = z.array(z.string()).readonly().optional()

const schema = z.strictObject({
  format: z.literal(1),
  /** Without who asks it: that is in the environment, or in the profile. */
  server: z.string(),
  profile: z.string().optional(),
  /** As it was typed. */
  question: z.strictObject({
    endpoint: z.string().optional(),
    dx: texts,
    pe: texts,
    ou: texts,
    dimension: texts,
    filter: texts,
    param: texts,
  } satisfies Record<keyof QuestionOptions, z.ZodType>),
  /** A folder, as seen from where this file is, or a database. */
  to: z.string(),
  files: z.enum(fileFormats).optional(),
  table: z.string().optional(),
})

/** What a dataset is, for whoever runs it again. It has no secrets. */
export type Description = z.infer<typeof schema>

const suffix = '.dataset.json'

/** The file of a dataset: beside where one is, or at the path that its name is. */
export function pathOfDataset(name: string): string {
  return name.endsWith(suffix) ? name : `${name}${suffix}`
}

/** Undefined where there is none. @throws Failure for what is no description. */
export async function descriptionIn(path: string): Promise<Description | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { data, error } = schema.safeParse(parsed(text))
  if (data) return data
  const [issue] = error.issues
  throw new Failure(
    'data',
    `${path} does not tell what a dataset is: ${[issue!.path.join('.'), issue!.message].filter(Boolean).join(': ')}`,
    'Put it right, or remove it and create the dataset again: what was pulled stays.',
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @throws Failure where there is none, or one that is none. */
export async function knownDescription(name: string): Promise<Description> {
  const path = pathOfDataset(name)
  const known = await descriptionIn(path)
  if (known) return known
  throw usage(
    `There is no dataset ${basename(path, suffix)}: ${resolve(path)} is not there`,
    'Go to the folder it was created in, name its path, or create it: dhis2-analytics dataset create --help',
  )
}

export async function writeDescription(path: string, description: Description): Promise<void> {
  await pipeline(Readable.from([`${JSON.stringify(description, undefined, 2)}\n`]), toFile(path))
}

/** Where it goes, as seen from the file that tells it; without a word a folder of its own name. */
export function placeFrom(path: string, to: string | undefined): string {
  if (to === undefined) return basename(path, suffix)
  return isAddress(to) ? to : relative(dirname(resolve(path)), resolve(to)) || '.'
}

/** The same, as seen from here. */
export function placeOf(path: string, { to }: Pick<Description, 'to'>): string {
  return isAddress(to) || resolve(to) === to ? to : join(dirname(path), to)
}

/** @throws Failure with what differs, a line each. */
export function checkSame(path: string, known: Description, wanted: Description): void {
  const [before, now] = [linesOf(known), linesOf(wanted)]
  const differences = [
    ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ]
  if (differences.length === 0) return
  const name = basename(path, suffix)
  throw usage(
    `There is a dataset ${name} already, which is another. It differs in`,
    `Take another name, or go on with it: dhis2-analytics dataset run ${name}. --adopt changes its question, and nothing else.`,
    differences,
  )
}

function linesOf({ question, format: _, ...others }: Description): string[] {
  return Object.entries({ ...others, ...question }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${[value].flat().join(',')}`],
  )
}
