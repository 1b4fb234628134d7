/** The peak memory of Parquet with a million rows, and with ten million (100,000 and a million with --quick). */
import { rm } from 'node:fs/promises'
import { medianOf, race } from '../../race.ts'
import { decimals } from '../../report.ts'
import { type Job, ours, sizeText } from '../job.ts'

export const parquetMemory: Job = async function* (workshop, { parquetRows, rounds }) {
  const lines: { size: string; seconds: number; peak: number }[] = []
  for (const rows of parquetRows) {
    const grid = await workshop.grid({ shape: 'narrow', rows })
    const results = await race(workshop, {
      job: 'load/parquet',
      contestants: { ours: undefined },
      task: { grid },
      rounds: Math.min(rounds, 3),
      inspect: () => rm(workshop.destination),
    })
    const [seconds, peak] = [medianOf(results, ours, 'seconds'), medianOf(results, ours, 'peakBytes')]
    lines.push({ size: sizeText(grid), seconds, peak })
  }
  const [smaller, larger] = lines as [(typeof lines)[0], (typeof lines)[0]]
  yield {
    title: 'load, memory of Parquet',
    columns: ['', 'seconds', 'peak MB', '÷ smaller'],
    rows: lines.map(({ size, seconds, peak }) => [
      size,
      seconds.toFixed(3),
      (peak / 1e6).toFixed(0),
      decimals(peak / smaller.peak),
    ]),
    targets: [
      { what: 'larger ÷ smaller', measured: larger.peak / smaller.peak, unit: '×', less: true, atLeast: 1.1 },
      { what: 'peak', measured: larger.peak / 1e6, unit: ' MB', less: true, aim: 80 },
    ],
  }
}
