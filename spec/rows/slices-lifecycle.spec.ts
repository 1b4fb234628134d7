import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable, type Transform, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import {
  castCells,
  labelCells,
  parseRows,
  selectColumns,
  toArrow,
  toCsv,
  toNdjson,
  toObjects,
} from '../../lib/index.ts'
import { chunksOf } from '../support/chunks.ts'
import { generated } from '../support/grids.ts'
import { turns } from '../support/lifecycle.ts'

const rowCount = 200_000
const body = generated({ rows: rowCount })

/** Stages in which rows stay a column at a time until they are text. */
const lines: Readonly<Record<string, () => Transform[]>> = {
  'bytes to CSV': () => [parseRows(), toCsv()],
  'names and numbers to CSV': () => [parseRows(), labelCells(), castCells(), toCsv()],
  'objects to NDJSON': () => [parseRows(), selectColumns(['ou', 'value']), toObjects(), toNdjson()],
  'columns to Arrow': () => [parseRows(), toArrow()],
}

/** How a body comes: as from a socket, or in one buffer. */
const comings: Readonly<Record<string, (read: (byteLength: number) => void) => Readable>> = {
  'in chunks': (read) =>
    Readable.from(
      (function* () {
        for (const chunk of chunksOf(body, 64 * 1024)) {
          read(chunk.length)
          yield chunk
        }
      })(),
      { objectMode: false },
    ),
  'in one buffer': (read) =>
    Readable.from(
      (function* () {
        read(0)
        yield body
      })(),
      { objectMode: false },
    ),
}

/** Takes a chunk and is never done with it. */
function stuck(): Writable {
  return new Writable({ write: () => undefined })
}

/** What is in flight at most, in rows of some 47 bytes: some pieces, and what the highWaterMarks of five stages hold. */
const mostRows = 40_000

for (const [what, make] of Object.entries(lines)) {
  describe(`slices on their way, ${what}`, () => {
    for (const [how, coming] of Object.entries(comings)) {
      it(`wait for a sink that is not done, of a body ${how}`, async () => {
        let readBytes = 0
        const source = coming((byteLength) => {
          readBytes += byteLength
        })
        const stages = make()
        const sink = stuck()
        const ended = pipeline([source, ...stages, sink]).catch((error: Error) => error)
        await turns(300)
        const before = rowsOf(stages)
        assert.ok(before > 0 && before < mostRows, `${before} rows`)
        assert.ok(readBytes < body.length / 4, `${readBytes} bytes`)
        await turns(100)
        assert.equal(rowsOf(stages), before)
        sink.destroy(new Error('enough'))
        assert.equal(((await ended) as Error).message, 'enough')
        await turns(100)
        assert.equal(rowsOf(stages), before, 'it goes on behind the end')
        for (const stage of stages) assert.ok(stage.destroyed)
      })

      it(`end with an abort, of a body ${how}`, async () => {
        const abort = new AbortController()
        const stages = make()
        let seen = 0
        const sink = new Writable({
          write(_chunk, _, done) {
            if (++seen === 3) abort.abort()
            setImmediate(done)
          },
        })
        const source = coming(() => undefined)
        const ended = pipeline([source, ...stages, sink], { signal: abort.signal })
        await assert.rejects(ended, { name: 'AbortError' })
        const before = rowsOf(stages)
        await turns(100)
        assert.equal(rowsOf(stages), before, 'it goes on behind the end')
        assert.ok(before < mostRows, `${before} rows`)
        for (const stage of stages) assert.ok(stage.destroyed)
      })

      it(`end where the last stage is destroyed in the middle of one, of a body ${how}`, async () => {
        const stages = make()
        const last = stages.at(-1)!
        const ended = pipeline([coming(() => undefined), ...stages, stuck()])
        last.once('data', () => last.destroy(new Error('broken')))
        await assert.rejects(ended, /broken/)
        const before = rowsOf(stages)
        await turns(100)
        assert.equal(rowsOf(stages), before, 'it goes on behind the end')
        assert.ok(before < mostRows, `${before} rows`)
      })
    }
  })
}

describe('a second reader of a stage in the middle', () => {
  it('that comes and goes between slices gets rows while it is there, and the bytes stay the same', async () => {
    const expected = await buffer(
      Readable.from(chunksOf(body, 50_000)).pipe(parseRows()).pipe(labelCells()).pipe(toCsv()),
    )
    const all = expected.toString().trimEnd().split('\n').slice(1)
    const labelled = Readable.from(chunksOf(body, 50_000)).pipe(parseRows()).pipe(labelCells())
    const csv = labelled.pipe(toCsv())
    const stays: string[][] = []
    const listener = (row: unknown) => stays.at(-1)!.push((row as unknown[]).join())
    let chunks = 0
    csv.on('data', () => {
      chunks += 1
      if (chunks % 20 === 5) {
        stays.push([])
        labelled.on('data', listener)
      } else if (chunks % 20 === 15) labelled.off('data', listener)
    })
    assert.ok((await buffer(csv)).equals(expected))
    assert.ok(stays.length > 3)
    let from = 0
    for (const rows of stays) {
      assert.ok(rows.length > 0)
      const at = all.indexOf(rows[0]!, from)
      assert.deepEqual(rows, all.slice(at, at + rows.length))
      from = at + rows.length
    }
  })
})

describe('a stage that is unpiped between slices', () => {
  it('has had the rows before, and whoever reads on gets all the others', async () => {
    const parser = parseRows()
    const csv = toCsv({ header: false })
    const labels = labelCells()
    parser.pipe(labels).pipe(csv)
    parser.end(body)
    await once(csv, 'readable')
    parser.unpipe(labels)
    labels.end()
    const lines = (await buffer(csv)).toString().trimEnd().split('\n')
    const rest = await parser.toArray()
    assert.ok(lines.length > 0 && rest.length > 0)
    const expected = (await parsed()) as string[][]
    assert.equal(lines.length + rest.length, rowCount)
    assert.deepEqual(rest, expected.slice(lines.length))
  })
})

function parsed(): unknown {
  return (JSON.parse(body.toString()) as { rows: string[][] }).rows
}

/** How many rows the first of the stages, parseRows, has read. */
function rowsOf([parser]: readonly Transform[]): number {
  return (parser as unknown as ReturnType<typeof parseRows>).rowCount
}
