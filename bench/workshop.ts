import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { type GridOptions, gridCsv, gridJson, tableOf } from '../lib/testing/grid-bytes.ts'
import type { GridFile } from './contestants/contest.ts'

/** Where the compiled contestants and the server are. */
export const compiled = fileURLToPath(new URL('../out/bench/', import.meta.url))

export type GridWithCsv = GridFile & { readonly csvPath: string }

/** A folder of grids and a server for them; both are gone at the end of the scope. */
export interface Workshop extends AsyncDisposable {
  readonly origin: string
  /** Ends whatever is under way. */
  readonly signal: AbortSignal
  /** Where contestants write. */
  readonly destination: string
  /** A grid, generated when first asked for, and in the server's memory unless it is a large one. */
  grid(options: GridOptions): Promise<GridFile>
  /** The same with a file of CSV beside it. */
  gridWithCsv(options: GridOptions): Promise<GridWithCsv>
  /** How many rows of this shape make so many bytes. */
  rowsFor(byteLength: number, shape: GridOptions['shape']): number
}

export async function openWorkshop(signal: AbortSignal): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'dhis2-bench-'))
  const server = spawn(process.execPath, [join(compiled, 'server.js'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const close = async () => {
    server.kill()
    await rm(folder, { recursive: true })
  }
  try {
    const origin = await originOf(server)
    const grids = new Map<string, GridFile>()
    const csvPaths = new Set<string>()
    const grid = async (options: GridOptions): Promise<GridFile> => {
      const name = Object.values(options).join('-')
      const known = grids.get(name)
      if (known) return known
      const path = join(folder, `${name}.json`)
      const json = gridJson(options)
      await pipeline(Readable.from(json), createWriteStream(path), { signal })
      const url = `${origin}/api/analytics.json?grid=${name}`
      await fetch(url, { method: 'HEAD' })
      const columns = tableOf(options).headers.map((header) => header.name)
      const made = { name, path, url, rows: options.rows, byteLength: json.byteLength, columns }
      grids.set(name, made)
      return made
    }
    return {
      origin,
      signal,
      destination: join(folder, 'written'),
      rowsFor,
      grid,
      async gridWithCsv(options) {
        const made = await grid(options)
        const csvPath = join(folder, `${made.name}.csv`)
        if (!csvPaths.has(csvPath)) {
          await pipeline(Readable.from(gridCsv(options)), createWriteStream(csvPath), { signal })
          csvPaths.add(csvPath)
        }
        return { ...made, csvPath }
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function originOf(server: ChildProcess): Promise<string> {
  const [line] = (await Promise.race([once(server.stdout!, 'data'), once(server, 'exit')])) as [unknown]
  if (!Buffer.isBuffer(line)) throw new Error('The server did not start')
  return line.toString().trim()
}

function rowsFor(byteLength: number, shape: GridOptions['shape'] = 'narrow'): number {
  const rows = 20_000
  return Math.round((byteLength / gridJson({ rows, shape }).byteLength) * rows)
}
