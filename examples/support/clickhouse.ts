import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A stand-in for ClickHouse that lives as long as a scope. */
export interface ClickHouse extends AsyncDisposable {
  /** Where a `POST /?query=…` is answered. */
  readonly url: string
}

interface Table {
  readonly columns: readonly string[]
  rows: readonly (readonly string[])[]
}

/**
 * Speaks as much of ClickHouse's HTTP interface as a load needs, and no more: tables with partitions by `pe`, whole
 * bodies of `CSVWithNames` whose cells need no quotes, `value` the one column of numbers. All that it can't take is an
 * error, as it is there.
 */
export async function startClickHouse(): Promise<ClickHouse> {
  const tables = new Map<string, Table>()
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined)
    // An INSERT whose body breaks off.
    if (body === undefined) return
    try {
      const { answer = '', written = 0 } = statement(tables, queryOf(request, body), body)
      const summary = { written_rows: String(written) }
      response.writeHead(200, { 'x-clickhouse-summary': JSON.stringify(summary) }).end(answer)
    } catch (error) {
      response.writeHead(400, { 'x-clickhouse-exception-code': '36' }).end(`${(error as Error).message}\n`)
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Without the space that does not matter. */
function queryOf({ url = '' }: IncomingMessage, body: string): string {
  const query = new URL(url, 'http://clickhouse').searchParams.get('query') ?? body
  return query.trim().replaceAll(/\s+/g, ' ')
}

type Done = { answer?: string; written?: number }

function statement(tables: Map<string, Table>, query: string, body: string): Done {
  const tableOf = (name = '') => {
    const table = tables.get(name)
    if (!table) throw new Error(`Code: 60. DB::Exception: Unknown table ${name}`)
    return table
  }
  const kinds: [RegExp, (words: string[]) => Done][] = [
    [
      /^CREATE TABLE IF NOT EXISTS (\w+) \((.*)\) ENGINE/,
      ([name = '', list = '']) => {
        const columns = list.split(',').map((column) => column.trim().split(' ')[0]!)
        if (!tables.has(name)) tables.set(name, { columns, rows: [] })
        return {}
      },
    ],
    [
      /^CREATE OR REPLACE TABLE (\w+) AS (\w+)$/,
      ([name = '', like]) => {
        tables.set(name, { columns: tableOf(like).columns, rows: [] })
        return {}
      },
    ],
    [
      /^INSERT INTO (\w+) .*FORMAT CSVWithNames$/,
      ([name]) => {
        const table = tableOf(name)
        const rows = rowsOf(body, table.columns)
        table.rows = [...table.rows, ...rows]
        return { written: rows.length }
      },
    ],
    [/^SELECT count\(\) FROM (\w+)$/, ([name]) => ({ answer: `${tableOf(name).rows.length}\n` })],
    [
      /^SELECT DISTINCT pe FROM (\w+)$/,
      ([name]) => ({ answer: [...new Set(periodsOf(tableOf(name)))].map((pe) => `${pe}\n`).join('') }),
    ],
    [
      /^ALTER TABLE (\w+) (?:DROP|REPLACE) PARTITION '(\w+)'(?: FROM (\w+))?$/,
      ([name, pe, from]) => {
        const table = tableOf(name)
        const within = (rows: Table) => rows.rows.filter((_, at) => periodsOf(rows)[at] === pe)
        const old = new Set(within(table))
        table.rows = [...table.rows.filter((row) => !old.has(row)), ...(from ? within(tableOf(from)) : [])]
        return {}
      },
    ],
  ]
  for (const [pattern, run] of kinds) {
    const words = pattern.exec(query)
    if (words) return run(words.slice(1))
  }
  throw new Error(`Code: 62. DB::Exception: Syntax error: ${query}`)
}

function periodsOf({ columns, rows }: Table): string[] {
  const at = columns.indexOf('pe')
  return rows.map((row) => row[at]!)
}

/** The lines of a CSV, their cells in the order of the columns. */
function rowsOf(body: string, columns: readonly string[]): string[][] {
  const [names = [], ...lines] = body
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
  const unknown = names.find((name) => !columns.includes(name))
  if (unknown !== undefined)
    throw new Error(`Code: 117. DB::Exception: Unknown field found in CSV header: ${unknown}`)
  const places = columns.map((column) => names.indexOf(column))
  return lines.map((line, at) => {
    const row = places.map((place) => line[place] ?? '')
    if (line.length !== names.length || Number.isNaN(Number(row[columns.indexOf('value')]))) {
      throw new Error(`Code: 27. DB::Exception: Cannot parse input: (at row ${at + 1})`)
    }
    return row
  })
}
