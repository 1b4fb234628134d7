import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { forbidden, importedBy, importsOf, type Rules, trespasses } from './support/imports.ts'
import { root } from './support/run-script.ts'

/**
 * Who may import from whom: arrows run one way, from the errors at the bottom to the index at the top. `json`, `grid`,
 * `csv`, `cells`, `columns`, `query` and `tables` are pure.
 */
const rules: Rules = {
  conceal: [],
  errors: ['conceal'],
  'error-object': ['errors'],
  version: [],
  checks: ['errors'],
  streams: ['errors'],
  json: ['errors'],
  grid: ['errors', 'error-object', 'json', 'kernel'],
  kernel: [],
  csv: ['json', 'grid', 'kernel'],
  columns: ['errors', 'kernel', 'grid', 'csv', 'cells'],
  periods: [],
  cells: ['errors', 'grid', 'periods'],
  query: ['errors', 'checks', 'periods'],
  http: ['conceal', 'errors', 'error-object', 'version', 'checks', 'streams'],
  rows: ['errors', 'checks', 'streams', 'json', 'kernel', 'grid'],
  transforms: [
    'errors',
    'version',
    'checks',
    'streams',
    'json',
    'kernel',
    'grid',
    'csv',
    'cells',
    'periods',
    'columns',
    'rows',
  ],
  tables: ['errors', 'checks', 'grid', 'csv', 'cells'],
  sinks: ['errors', 'checks', 'streams', 'json', 'kernel', 'grid', 'csv', 'columns', 'tables', 'rows'],
  system: ['errors', 'checks', 'http'],
  'sql-views': ['errors', 'checks', 'http', 'rows', 'transforms'],
  asking: ['errors', 'checks', 'grid', 'json', 'periods', 'query', 'http'],
  lists: ['errors', 'checks', 'streams', 'grid', 'periods', 'query', 'http', 'rows', 'transforms', 'asking'],
  analytics: [
    'errors',
    'error-object',
    'checks',
    'streams',
    'json',
    'grid',
    'kernel',
    'columns',
    'periods',
    'query',
    'http',
    'rows',
    'transforms',
    'sinks',
    'asking',
    'lists',
    'pull',
  ],
  pull: [
    'errors',
    'error-object',
    'checks',
    'streams',
    'grid',
    'kernel',
    'periods',
    'cells',
    'query',
    'http',
    'rows',
    'tables',
    'transforms',
    'sinks',
    'asking',
    'lists',
  ],
  testing: ['errors', 'grid', 'streams', 'rows'],
  client: ['http', 'system', 'sql-views', 'analytics'],
  dimensions: [
    'errors',
    'checks',
    'streams',
    'grid',
    'cells',
    'periods',
    'query',
    'http',
    'rows',
    'asking',
    'client',
  ],
  postgres: ['sinks', 'pull'],
  queues: ['http', 'pull', 'sinks'],
  'graphile-worker': ['pull', 'queues'],
  duckdb: ['sinks', 'pull'],
  sqlite: ['sinks', 'pull'],
  index: ['*'],
  // The public face alone; which files of these rooms that is, is checked below.
  cli: ['index', 'version', 'postgres', 'duckdb', 'sqlite', 'transforms'],
}

/** The rooms that others' specs hold an oracle to. */
const pure = ['json', 'kernel', 'grid', 'csv', 'cells', 'columns', 'periods', 'query', 'tables']

/** What they must not know. */
const streamsAndSockets = ['node:stream', 'stream', 'undici', 'node:http', 'node:net']

describe('the house', () => {
  it('has arrows one way and no circle', async () => {
    const graph = await importsOf(join(root, 'lib'))
    assert.ok(Object.keys(graph).length > 30)
    assert.ok(Object.values(graph).flat().includes('grid/grid.ts'))
    assert.deepEqual(trespasses(graph, rules), [])
  })

  it('has a command line that knows the public face only', async () => {
    const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const face = Object.values(exports as Record<string, { default?: string }>).flatMap((entry) =>
      entry.default ? [entry.default.replace('./dist/', '').replace(/js$/, 'ts')] : [],
    )
    const graph = await importsOf(join(root, 'lib'))
    const known = Object.entries(graph).flatMap(([file, imports]) => (file.startsWith('cli/') ? imports : []))
    assert.ok(known.includes('index.ts'))
    const others = known.filter((file) => file in graph && !file.startsWith('cli/') && file !== 'version.ts')
    assert.deepEqual(
      others.filter((file) => !face.includes(file)),
      [],
    )
  })

  for (const room of pure) {
    it(`keeps ${room}/ free of streams and of HTTP`, async () => {
      assert.deepEqual(forbidden(await importsOf(join(root, 'lib')), room, streamsAndSockets), [])
    })
  }
})

describe('the plan of a pull', () => {
  it('is computed from a frozen question alone, without streams, HTTP or anything asked', async () => {
    const graph = await importsOf(join(root, 'lib'))
    const impure = (file: string): string[] =>
      (graph[file] ?? []).flatMap((name) =>
        streamsAndSockets.includes(name) || /^(http|asking|lists|rows|sinks)\//.test(name)
          ? [`${file} imports ${name}`]
          : impure(name),
      )
    assert.ok(graph['pull/plan.ts']!.includes('pull/plan-groups.ts'))
    assert.deepEqual(impure('pull/plan.ts'), [])
  })
})

describe('the check of the house', () => {
  it('finds an arrow that runs back up, a folder without a rule, and passes the rest', () => {
    const graph = {
      'errors.ts': [],
      'grid/rows.ts': ['errors.ts', 'node:buffer', 'grid/cells.ts'],
      'grid/cells.ts': ['transforms/csv.ts'],
      'transforms/csv.ts': ['errors.ts'],
      'attic/old.ts': ['errors.ts'],
      'index.ts': ['grid/rows.ts', 'transforms/csv.ts'],
    }
    assert.deepEqual(trespasses(graph, rules), [
      'grid/cells.ts imports transforms/csv.ts: grid may not import from transforms',
      'attic/old.ts lies in attic, which has no rule',
    ])
  })

  it('finds a circle, inside one folder and across', () => {
    assert.deepEqual(trespasses({ 'grid/a.ts': ['grid/b.ts'], 'grid/b.ts': ['grid/a.ts'] }, rules), [
      'a circle: grid/a.ts -> grid/b.ts -> grid/a.ts',
    ])
  })

  it('finds a stream in grid/, and a subpath of a module', () => {
    const graph = { 'grid/a.ts': ['node:stream/promises'], 'grid/b.ts': ['undici'], 'http/c.ts': ['undici'] }
    assert.deepEqual(forbidden(graph, 'grid', streamsAndSockets), [
      'grid/a.ts imports node:stream/promises',
      'grid/b.ts imports undici',
    ])
  })

  it('sees every way to import', () => {
    const text = `
      import a from 'a'
      import { b } from "b"
      import type { C } from 'c'
      import {
        d,
        type D,
      } from 'd'
      import * as e from 'e'
      import 'f'
      export { g } from 'g'
      export * from 'h'
      export type { I } from 'i'
      const j = await import('j')
      // a word from 'nowhere'
      const text = 'from here'
    `
    assert.deepEqual(importedBy(text), [...'abcdefghij'])
  })
})
