import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { castCells, type LabelCellsOptions, labelCells, parseRows, toCsv } from 'dhis2-analytics-stream'
import { header, textOf, through } from '../support/stages.ts'

const headers = [header('dx'), header('pe'), header('ou'), header('value', 'NUMBER')]
const items = {
  fbfJHSPpUQD: { name: 'ANC 1st visit' },
  202401: { name: 'January 2024' },
  ImspTQPwCqd: { name: 'Sierra Leone' },
  O6uvpzGd5pu: { name: 'Bo' },
  YuQRtpLP10I: { name: 'Badjia / Bo' },
  dx: { name: 'Data' },
}
const dimensions = { dx: ['fbfJHSPpUQD'], pe: ['202401'], ou: ['ImspTQPwCqd', 'O6uvpzGd5pu'] }
const rows = [
  ['fbfJHSPpUQD', '202401', 'ImspTQPwCqd', '202401'],
  ['unknown', '2024', '', ''],
]
const metaData = { items, dimensions }

describe('labelCells', () => {
  it('replaces ids by names, and keeps those that have none', async () => {
    const made = await through({ headers, rows, metaData }, labelCells())
    assert.deepEqual(made.out, [
      ['ANC 1st visit', 'January 2024', 'Sierra Leone', '202401'],
      ['unknown', '2024', '', ''],
    ])
    assert.deepEqual(
      made.headers?.map(({ name, column }) => [name, column]),
      headers.map(({ name, column }) => [name, column]),
    )
    assert.deepEqual(made.last.metaData, metaData)
  })

  it('adds columns of names behind those of ids', async () => {
    const made = await through({ headers, rows, metaData }, labelCells({ mode: 'add' }))
    assert.deepEqual(made.out, [
      ['fbfJHSPpUQD', 'ANC 1st visit', '202401', 'January 2024', 'ImspTQPwCqd', 'Sierra Leone', '202401'],
      ['unknown', 'unknown', '2024', '2024', '', '', ''],
    ])
    assert.deepEqual(
      made.headers?.map(({ name, column }) => [name, column]),
      [
        ['dx', 'The dx'],
        ['dx.name', 'The dx name'],
        ['pe', 'The pe'],
        ['pe.name', 'The pe name'],
        ['ou', 'The ou'],
        ['ou.name', 'The ou name'],
        ['value', 'The value'],
      ],
    )
  })

  it('labels the columns it is told to, and no others', async () => {
    const { out } = await through(
      { headers, rows: rows.slice(0, 1), metaData },
      labelCells({ columns: ['ou'] }),
    )
    assert.deepEqual(out, [['fbfJHSPpUQD', '202401', 'Sierra Leone', '202401']])
  })

  it('reads what old servers send: names for items, dimensions a level up, years as numbers', async () => {
    const old = { names: { a: 'ANC', 2016: 'Year 2016', f: 'Facility' }, dx: ['a'], type: ['f'] }
    const { out } = await through(
      {
        headers: [{ name: 'dx' }, { name: 'pe' }, { name: 'type' }, { name: 'note' }],
        rows: [['a', 2016, 'f', 'f']],
        metaData: old,
      },
      labelCells(),
    )
    assert.deepEqual(out, [['ANC', 'Year 2016', 'Facility', 'f']])
  })

  it('names any other dimension, and options by their code', async () => {
    const options = {
      items: {
        CXw2yu5fodb: { uid: 'CXw2yu5fodb', code: 'CHC', name: 'Community health centre' },
        gj2fKKyp8OH: { code: 'MODDIED', name: 'Died' },
        Mnp3oXrpAbK: { name: 'Female' },
        pC3N9N77UmT: {
          name: 'Gender',
          options: [
            { uid: 'Mnp3oXrpAbK', code: 'F' },
            { uid: 'x', code: 'M', name: 'Male' },
          ],
        },
      },
      dimensions: { J5jldMd8OHv: ['CXw2yu5fodb'], 'Stage.DE': ['gj2fKKyp8OH'], gender: [] },
    }
    const columns = [
      header('J5jldMd8OHv'),
      header('Stage.DE', 'NUMBER', { optionSet: 'iDFPKpFTiVw' }),
      header('gender', 'TEXT', { optionSet: 'pC3N9N77UmT' }),
    ]
    const cells = [
      ['CXw2yu5fodb', 'MODDIED', 'F'],
      ['CHC', 'gj2fKKyp8OH', 'M'],
      ['', 'MODTRANS', 'Mnp3oXrpAbK'],
    ]
    const { out } = await through({ headers: columns, rows: cells, metaData: options }, labelCells())
    assert.deepEqual(out, [
      ['Community health centre', 'Died', 'Female'],
      ['Community health centre', 'Died', 'Male'],
      ['', 'MODTRANS', 'Female'],
    ])
  })

  it('leaves text and numbers alone that happen to look like an id', async () => {
    const columns = [header('note'), header('weight', 'NUMBER'), header('date', 'DATE')]
    const { out } = await through(
      {
        headers: columns,
        rows: [['dx', '202401', '202401']],
        metaData: { items, dimensions: { note: [], weight: ['202401'], date: ['202401'] } },
      },
      labelCells(),
    )
    assert.deepEqual(out, [['dx', '202401', '202401']])
  })

  it('is not misled by ids that every object has', async () => {
    const cells = [['constructor', '__proto__', 'toString', '1']]
    const { out } = await through({ headers, rows: cells, metaData }, labelCells())
    assert.deepEqual(out, cells)
  })

  it('goes with castCells before and behind it, and with toCsv', async () => {
    const options = { mode: 'add', columns: ['ou'] } as const
    for (const stages of [
      [labelCells(options), castCells()],
      [castCells(), labelCells(options)],
    ]) {
      const { out } = await through({ headers, rows, metaData }, ...stages, toCsv())
      assert.equal(
        textOf(out),
        'dx,pe,ou,ou.name,value\nfbfJHSPpUQD,202401,ImspTQPwCqd,Sierra Leone,202401\nunknown,2024,,,\n',
      )
    }
  })

  it('fails where the answer has no names', async () => {
    await assert.rejects(through({ headers, rows, metaData: {} }, labelCells()), {
      name: 'QueryError',
      message: /skipMeta=false/,
    })
  })

  it('fails on rows that came without headers, of which it would leave nothing', async () => {
    await assert.rejects(through({ rows: [['a']], metaData }, labelCells()), { message: /without headers/ })
    assert.deepEqual((await through({ metaData }, labelCells())).out, [])
  })

  it('fails where metaData comes behind the rows, or not at all', async () => {
    await assert.rejects(through({ headers, rows }, labelCells()), { name: 'UnexpectedContentError' })
    const late = Buffer.from(JSON.stringify({ headers, rows, metaData, height: 2 }))
    await assert.rejects(pipeline(Readable.from([late]), parseRows(), labelCells(), toCsv()), {
      name: 'UnexpectedContentError',
      code: 'ERR_UNEXPECTED_CONTENT',
      message: /no metaData came before the rows/,
    })
  })

  it('works where headers and metaData both come behind the rows', async () => {
    const late = Buffer.from(JSON.stringify({ rows: rows.slice(0, 1), metaData, headers, height: 1 }))
    const last = Readable.from([late], { objectMode: false }).pipe(parseRows()).pipe(labelCells())
    assert.deepEqual(await last.toArray(), [['ANC 1st visit', 'January 2024', 'Sierra Leone', '202401']])
  })

  it('refuses a column that is not there', async () => {
    await assert.rejects(through({ headers, rows, metaData }, labelCells({ columns: ['co'] })), {
      name: 'QueryError',
      message: 'labelCells: no column "co"; there are dx, pe, ou, value',
    })
  })
})

describe('labelCells with the org-unit hierarchy', () => {
  const places = [header('ou'), header('value', 'NUMBER')]
  const cells = [
    ['YuQRtpLP10I', '1'],
    ['ImspTQPwCqd', '2'],
    ['elsewhere', '3'],
  ]
  const levels = async (hierarchy: Record<string, unknown>, options: LabelCellsOptions = {}) =>
    through(
      { headers: places, rows: cells, metaData: { ...metaData, ...hierarchy } },
      labelCells({ hierarchy: true, ...options }),
    )

  it('adds a column for each level, from paths of ids', async () => {
    for (const slash of ['', '/']) {
      const ouHierarchy = { YuQRtpLP10I: `${slash}ImspTQPwCqd/O6uvpzGd5pu`, ImspTQPwCqd: '' }
      const made = await levels({ ouHierarchy }, { columns: [] })
      assert.deepEqual(made.out, [
        ['YuQRtpLP10I', 'Sierra Leone', 'Bo', 'Badjia / Bo', '1'],
        ['ImspTQPwCqd', 'Sierra Leone', null, null, '2'],
        ['elsewhere', null, null, null, '3'],
      ])
      assert.deepEqual(
        made.headers?.map(({ name, column }) => [name, column]),
        [
          ['ou', 'The ou'],
          ['ou.level1', 'The ou level 1'],
          ['ou.level2', 'The ou level 2'],
          ['ou.level3', 'The ou level 3'],
          ['value', 'The value'],
        ],
      )
    }
  })

  it('adds them from paths of names, the last of which may hold a slash, behind the name', async () => {
    const ouNameHierarchy = { YuQRtpLP10I: '/Sierra Leone/Bo/Badjia / Bo', ImspTQPwCqd: '/Sierra Leone' }
    const { out } = await levels({ ouNameHierarchy }, { mode: 'add' })
    assert.deepEqual(out, [
      ['YuQRtpLP10I', 'Badjia / Bo', 'Sierra Leone', 'Bo', 'Badjia / Bo', '1'],
      ['ImspTQPwCqd', 'Sierra Leone', 'Sierra Leone', null, null, '2'],
      ['elsewhere', 'elsewhere', null, null, null, '3'],
    ])
  })

  it('believes the ids where there are both', async () => {
    const { out } = await levels({
      ouHierarchy: { YuQRtpLP10I: 'O6uvpzGd5pu' },
      ouNameHierarchy: { YuQRtpLP10I: '/a/b/c' },
    })
    assert.deepEqual(out[0], ['Badjia / Bo', 'Bo', 'Badjia / Bo', '1'])
  })

  it('fails where the answer has no hierarchy, and says how to ask for it', async () => {
    await assert.rejects(levels({}), {
      name: 'QueryError',
      message: /hierarchyMeta=true or showHierarchy=true/,
    })
  })

  it('fails where there is no column of org units', async () => {
    await assert.rejects(
      through({ headers: [header('dx')], metaData }, labelCells({ hierarchy: true })),
      /no column "ou"/,
    )
  })
})
