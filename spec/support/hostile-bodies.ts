/** Bodies that take little to send and much to keep, each without end: an opening, and what follows it over and over. */
export const hostileBodies: Readonly<Record<string, [opening: string, more: (i: number) => string]>> = {
  'one field over and over': ['{"x":{}', () => ',"x":{}'],
  'one plain field over and over': ['{"x":0', () => ',"x":0'],
  'ever new fields of nothing': ['{"x":{}', (i) => `,"a${i}":{}`],
  'ever new plain fields': ['{"x":0', (i) => `,"a${i}":0`],
  'ever new fields of lists': ['{"x":0', (i) => `,"a${i}":[{},{},{},[],[]]`],
  'a key': ['{"', () => '\\n'.repeat(500)],
  'a text of escapes': ['{"x":"', () => '\\n'.repeat(500)],
  'a number': ['{"x":1', () => '1'.repeat(1000)],
  'white space': ['{', () => ' '.repeat(1000)],
  'metaData of empty objects': ['{"metaData":[{}', () => ',{}'],
  'metaData of ever new keys': ['{"metaData":{"x":{}', (i) => `,"a${i}":[]`],
  'metaData of nested objects': ['{"metaData":[0', () => `,${'{"a":'.repeat(90)}0${'}'.repeat(90)}`],
  'a row of empty objects': ['{"headers":[],"rows":[[{}', () => ',{}'],
  'rows before the headers': ['{"rows":[[]', () => `${',[]'.repeat(50)},["${'x'.repeat(2000)}"]`],
  'rows of empty objects before the headers': ['{"rows":[[]', () => `,[${'{},'.repeat(2000)}{}]`],
  'an SQL view of ever new fields': ['{"listGrid":{"x":{}', (i) => `,"a${i}":{}`],
}

/** The same in place of a data value set. */
export const hostileSets: typeof hostileBodies = {
  'empty data values': ['{"dataValues":[{}', () => ',{}'],
  'data values that wait for a period': [
    '{"dataValues":[{}',
    (i) => `,{"dataElement":"a${i}","orgUnit":"b","value":"1"}`,
  ],
  'a data value of empty objects': ['{"dataValues":[{"x":[{}', () => ',{}'],
}

/** A body of that kind in chunks of this size. */
export function* endless([opening, more]: [string, (i: number) => string], size = 65_536): Generator<Buffer> {
  let text = opening
  for (let i = 0; ; ) {
    while (text.length < size) text += more(i++)
    yield Buffer.from(text)
    text = ''
  }
}
