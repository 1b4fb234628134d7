import type { FrozenQuestion } from '../../../lib/pull/frozen-question.ts'

const id = (kind: string, at: number) => `${kind}${String(at).padStart(11 - kind.length, '0')}`

/** Three data elements and an indicator over four months of two years, for six facilities in two districts. */
export const smallQuestion: FrozenQuestion = {
  endpoint: '/api/analytics.json',
  kind: 'aggregate',
  shared: [['skipMeta', 'true']],
  data: [
    { id: id('sum', 1), kind: 'dataElement', aggregation: 'SUM' },
    { id: id('sum', 2), kind: 'dataElement', aggregation: 'SUM' },
    { id: id('last', 1), kind: 'dataElement', aggregation: 'LAST' },
    { id: id('ind', 1), kind: 'indicator' },
  ],
  periods: ['2023-11-30', '2023-12-31', '2024-01-31', '2024-02-29'].map((to) => ({
    id: to.slice(0, 4) + to.slice(5, 7),
    from: `${to.slice(0, 8)}01`,
    to,
  })),
  orgUnits: {
    paths: [1, 2].flatMap((district) =>
      [1, 2, 3].map((n) => `/${id('root', 1)}/${id('dis', district)}/${id('fac', district * 10 + n)}`),
    ),
    level: { number: 3 },
  },
  rowsEach: 1,
  notes: [],
}
