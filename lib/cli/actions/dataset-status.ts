import { type DatasetStatus, datasetStatus } from '../../index.ts'
import { type Description, knownDescription, pathOfDataset, placeOf } from '../dataset/description.ts'
import { type DatasetTarget, datasetTargetOf, mayBeThere, placeText, withStore } from '../dataset/store.ts'
import { counted, missingTexts } from '../dataset/told.ts'
import type { ReportOptions } from '../options/dataset.ts'
import { bytesText, rowsText } from '../terminal/figures.ts'
import { oneLine } from '../terminal/one-line.ts'

/** `dhis2-analytics dataset status`. */
export async function datasetStatusOf(name: string, { json }: ReportOptions): Promise<void> {
  const description = await knownDescription(name)
  const target = datasetTargetOf(placeOf(pathOfDataset(name), description), description)
  const status = mayBeThere(target) ? await withStore(target, (into) => datasetStatus({ into })) : undefined
  if (json) {
    const { server, question, to } = description
    const nothing = { isComplete: false, piecesDone: 0, rowCount: 0 }
    process.stdout.write(
      `${JSON.stringify({ dataset: name, isBegun: status !== undefined, server, asked: question, to, ...(status ?? nothing) })}\n`,
    )
    return
  }
  process.stdout.write(
    linesOf(description, target, status)
      .map(([label, text]) => `${label.padEnd(10)} ${oneLine(text)}\n`)
      .join(''),
  )
}

type Line = readonly [label: string, text: string]

function linesOf(description: Description, target: DatasetTarget, status: DatasetStatus | undefined): Line[] {
  const asked = Object.entries(description.question).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${some([value].flat())}`],
  )
  return [
    ['server', description.server],
    ['asked', asked.join('; ')],
    ['where', `${placeText(target)}${target.kind === 'folder' ? `, ${target.files} files` : ''}`],
    ...(status ? linesOfBegun(status) : [['state', 'not begun'] as const]),
  ]
}

function linesOfBegun(status: DatasetStatus): Line[] {
  const { rowCount, piecesDone, byteCount, periods, answered, asOf, checkedAt, heldBy } = status
  return [
    ['state', stateOf(status)],
    ['there', `${rowsText(rowCount)} in ${counted(piecesDone)}, of ${bytesText(byteCount)} of answers`],
    ...missing(status),
    ...(periods ? [['periods', `${periods.length}: ${some(periods)}`] as const] : []),
    ...(answered ? [['pulled', between(answered)] as const] : []),
    ...(asOf ? [['as of', `analytics tables of ${between(asOf)}`] as const] : []),
    ...(checkedAt ? [['true', `when last looked, ${checkedAt}`] as const] : []),
    ...(heldBy ? [['held by', holderText(heldBy)] as const] : []),
  ]
}

function stateOf({ isComplete, piecesDone, pieceCount, suspectCount }: DatasetStatus): string {
  const suspect = suspectCount
    ? `; ${counted(suspectCount)} answered while analytics tables were replaced, which a refresh pulls again`
    : ''
  const left = pieceCount - piecesDone
  return isComplete
    ? `complete${suspect}`
    : `${counted(left)} of ${pieceCount.toLocaleString('en')} to pull${suspect}`
}

function missing({ setAside, staleCount }: DatasetStatus): Line[] {
  return [
    ...(staleCount ? [['stale', `${counted(staleCount)} there and to be pulled again`] as const] : []),
    ...missingTexts(setAside, 5).map((text) => ['missing', text] as const),
  ]
}

function holderText({ pid, host, since, mayBeAlive }: NonNullable<DatasetStatus['heldBy']>): string {
  const whoever = `process ${pid} on ${host} since ${since}`
  return mayBeAlive ? whoever : `nobody: ${whoever} is gone, and the next run takes over`
}

function between({ from, to }: { readonly from: string; readonly to: string }): string {
  return from === to ? from : `${from} to ${to}`
}

function some(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts[0]}, ${texts[1]}, … ${texts.at(-1)} (${texts.length})` : texts.join(', ')
}
