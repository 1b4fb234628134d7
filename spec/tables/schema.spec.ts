import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { schemaOf } from 'dhis2-analytics-stream'
import { tableNames } from '../../lib/tables/names.ts'
import { header } from '../support/stages.ts'

const types = {
  value: 'NUMBER',
  n: 'INTEGER',
  yes: 'TRUE_ONLY',
  day: 'AGE',
  at: 'DATETIME',
  ou: 'ORGANISATION_UNIT',
}
const headers = [
  header('dx'),
  header('A "q"'),
  ...Object.entries(types).map(([name, type]) => header(name, type, { meta: false })),
]

describe('schemaOf', () => {
  it('gives columns with their types, and the dimensions as the primary key', () => {
    assert.equal(
      schemaOf(headers, 'postgres'),
      '"dx" text, "A ""q""" text, "value" double precision, "n" bigint, "yes" boolean, "day" date, ' +
        '"at" timestamp, "ou" text, PRIMARY KEY ("dx", "A ""q""")',
    )
    assert.equal(
      schemaOf(headers, 'duckdb', { key: ['dx'] }),
      '"dx" VARCHAR, "A ""q""" VARCHAR, "value" DOUBLE, "n" BIGINT, "yes" BOOLEAN, "day" DATE, ' +
        '"at" TIMESTAMP, "ou" VARCHAR, PRIMARY KEY ("dx")',
    )
    assert.equal(
      schemaOf(headers, 'sqlite'),
      '"dx" TEXT, "A ""q""" TEXT, "value" REAL, "n" INTEGER, "yes" INTEGER, "day" TEXT, "at" TEXT, "ou" TEXT, ' +
        'PRIMARY KEY ("dx", "A ""q""")',
    )
  })

  it('knows the types of old servers, and gives no key where all columns are dimensions', () => {
    const old = [
      { name: 'dx', meta: true },
      { name: 'value', type: 'java.lang.Double' },
    ]
    assert.equal(schemaOf(old, 'postgres'), '"dx" text, "value" double precision, PRIMARY KEY ("dx")')
    assert.equal(schemaOf([header('psi'), header('ou')], 'postgres'), '"psi" text, "ou" text')
  })

  it('refuses what the database can not have', () => {
    const refusals: [() => unknown, RegExp][] = [
      [() => schemaOf([], 'postgres'), /no columns/],
      [() => schemaOf([header('a'), header('a')], 'postgres'), /two columns "a"/],
      [() => schemaOf([header('')], 'duckdb'), /is empty/],
      [() => schemaOf([header('a\0')], 'sqlite'), /U\+0000/],
      [() => schemaOf([header('é'.repeat(32))], 'postgres'), /is 64 bytes long, and Postgres takes 63/],
      [() => schemaOf([header('xmin')], 'postgres'), /one of its own/],
      [() => schemaOf([header('a'), header('A')], 'duckdb'), /"a" and "A" are one to duckdb/],
      [() => schemaOf(headers, 'postgres', { key: ['nope'] }), /key: no column "nope"/],
      [() => schemaOf(headers, 'mysql' as never), /no "mysql"/],
    ]
    for (const [make, message] of refusals) assert.throws(make, { name: 'QueryError', message })
    assert.match(schemaOf([header('a'), header('A')], 'postgres'), /"a" text, "A" text/)
    assert.match(schemaOf([header('é'.repeat(32))], 'duckdb'), /é/)
  })
})

describe('The name of a table', () => {
  it('is read as SQL has it, but that letters stay as they are', () => {
    assert.deepEqual(tableNames('x', 'anc', 'sqlite'), ['anc'])
    assert.deepEqual(tableNames('x', 'Public.Anc 1', 'postgres'), ['Public', 'Anc 1'])
    assert.deepEqual(tableNames('x', '"a.""b""".c', 'duckdb'), ['a."b"', 'c'])
    assert.deepEqual(tableNames('x', 'a.b.c', 'duckdb'), ['a', 'b', 'c'])
  })

  for (const name of ['', '.', 'a.', '.a', 'a..b', 'a"b', '"a', '""', 'a.b.c']) {
    it(`is not ${JSON.stringify(name)}`, () => {
      assert.throws(() => tableNames('x', name, 'postgres'), { name: 'QueryError', message: /^x: table: / })
    })
  }
})
