/**
 * A process of its own that puts grids through lines of stages, and prints whether there was a kernel, and hashes of what
 * came: `without-kernel-child.ts [exhausted]`. `exhausted` makes kernels first, until there is room for no more.
 *
 * Of single files, as the client's undici does not load where there is no WebAssembly.
 */
import { createHash } from 'node:crypto'
import { Readable, type Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { GridReader } from '../../lib/grid/grid-reader.ts'
import { RowTaker } from '../../lib/grid/row-taker.ts'
import { type Kernel, newKernel } from '../../lib/kernel/kernel.ts'
import { castCells } from '../../lib/transforms/cast-cells.ts'
import { labelCells } from '../../lib/transforms/label-cells.ts'
import { parseRows } from '../../lib/transforms/parse-rows.ts'
import { toCsv } from '../../lib/transforms/to-csv.ts'
import { toNdjson } from '../../lib/transforms/to-ndjson.ts'
import { toObjects } from '../../lib/transforms/to-objects.ts'
import { chunksOf } from '../support/chunks.ts'
import { generated } from '../support/grids.ts'

const mostKernels = 1000

const lines: Record<string, () => Transform[]> = {
  'parseRows, toCsv': () => [parseRows(), toCsv()],
  'parseRows, labelCells, castCells, toCsv': () => [
    parseRows(),
    labelCells(),
    castCells(),
    toCsv({ delimiter: ';' }),
  ],
  'parseRows, toObjects, toNdjson': () => [parseRows(), toObjects(), toNdjson()],
}

const kernels: Kernel[] = []
let kernel = newKernel()
if (process.argv[2] === 'exhausted')
  for (; kernel && kernels.length < mostKernels; kernel = newKernel()) kernels.push(kernel)

const hashes: Record<string, string> = {}
for (const shape of ['narrow', 'wide'] as const) {
  const chunks = chunksOf(generated({ rows: shape === 'narrow' ? 8000 : 800, shape }), 50_000)
  for (const [name, make] of Object.entries(lines)) {
    const stages = make()
    const text = buffer(stages.at(-1)!)
    await pipeline([Readable.from(chunks), ...stages] as never)
    hashes[`${shape}: ${name}`] = createHash('sha1')
      .update(await text)
      .digest('hex')
  }
  hashes[`${shape}: collected`] = createHash('sha1').update(collected(chunks)).digest('hex')
}
console.log(JSON.stringify({ hasKernel: kernel !== undefined, kernels: kernels.length, hashes }))

/** As `aggregate()` does. */
function collected(chunks: Buffer[]): string {
  const reader = new GridReader({ onHeaders: () => undefined })
  const taker = new RowTaker({ keepAll: true })
  for (const chunk of chunks) for (const _ of reader.read(chunk, () => taker));
  for (const _ of reader.end(taker));
  return JSON.stringify(taker.take())
}
