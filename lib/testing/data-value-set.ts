import { type ByteSource, byteSource } from './byte-source.ts'
import type { Format } from './content-types.ts'
import { pivotOf, pivotValues } from './pivot-table.ts'
import { productOf, repeatedRows } from './repeated-rows.ts'

const stamp = '2026-01-15'

/** The same numbers as the pivot in JSON, CSV or XML: the format that an endpoint was asked for. */
export function dataValueSet(format: Format, rows: number, seed: number): ByteSource {
  if (format === 'csv') return asCsv(rows, seed)
  return format === 'xml' ? asXml(rows, seed) : asJson(rows, seed)
}

/** An object a value: `{"dataValues":[{"dataElement":…,"value":"90.0",…}]}`. */
function asJson(rows: number, seed: number): ByteSource {
  return byteSource(
    '{"dataValues":[',
    valuesOf(rows, seed, {
      glue: ['{"dataElement":"', '","period":"', '","orgUnit":"'],
      endOf: (value) =>
        `","value":"${value}","created":"${stamp}","lastUpdated":"${stamp}","comment":"[aggregated]","followup":false}`,
      separator: ',',
    }),
    ']}',
  )
}

/** Columns of its own, not those of a grid. */
function asCsv(rows: number, seed: number): ByteSource {
  return byteSource(
    'dataelement,period,orgunit,categoryoptioncombo,attributeoptioncombo,value,storedby,lastupdated,comment,followup\n',
    valuesOf(rows, seed, {
      glue: ['', ',', ','],
      endOf: (value) => `,,,${value},[aggregated],${stamp},[aggregated],false\n`,
      separator: '',
    }),
  )
}

function asXml(rows: number, seed: number): ByteSource {
  return byteSource(
    "<?xml version='1.0' encoding='UTF-8'?><dataValueSet>",
    valuesOf(rows, seed, {
      glue: ['<dataValue dataElement="', '" period="', '" orgUnit="'],
      endOf: (value) => `" value="${value}" lastUpdated="${stamp}" followup="false"/>`,
      separator: '',
    }),
    '</dataValueSet>',
  )
}

interface ValueText {
  glue: readonly [string, string, string]
  endOf: (value: string) => string
  separator: string
}

function valuesOf(rows: number, seed: number, { glue, endOf, separator }: ValueText): ByteSource {
  const { dx, pe, ou } = pivotOf(rows, seed)
  const axes = [dx, pe, ou].map((things) => things.map(({ id }) => id))
  const ends = pivotValues(seed).map(endOf)
  return repeatedRows({ from: 0, to: rows, startOf: productOf(axes, glue), ends, separator })
}
