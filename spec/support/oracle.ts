import { getManyValues, isMany, none } from 'stream-chain/defs.js'
import { Assembler } from 'stream-json/assembler.js'
import { jsonParser } from 'stream-json/core/parser.js'

/**
 * What stream-json alone makes of a body: it tokenizes every byte and assembles the whole.
 *
 * Where stream-json and JSON.parse differ: over valid UTF-8, on nothing that the properties beside this have found.
 * Version 3.8 refuses what JSON.parse refuses (control characters in strings, leading zeros, trailing commas, other
 * whitespace, a byte order mark, anything behind the root), and takes the last of two equal keys as it does. It is
 * given text: that bytes which are no UTF-8 are refused is a TextDecoder's doing here, as it is in the reader.
 */
export function streamJson(chunks: Iterable<Uint8Array>): unknown {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const tokenize = jsonParser({ packValues: true, streamValues: false })
  const assembler = new Assembler()
  const take = (text: string) => {
    const tokens = tokenize(text)
    if (isMany(tokens)) for (const token of getManyValues(tokens)) assembler.consume(token)
  }
  for (const chunk of chunks) take(decoder.decode(chunk, { stream: true }))
  take(decoder.decode())
  // The mark of the end in stream-chain's protocol, which its types leave out.
  take(none as unknown as string)
  return assembler.current
}

/** What JSON.parse makes of a whole body, where it is UTF-8. */
export function jsonParse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
}

/** How many bytes of these a JSON text may begin with: by halves, as JSON.parse tells what is too short from what is wrong. */
export function longestBeginning(bytes: Buffer): number {
  const text = bytes.toString()
  let fine = 0
  let wrong = text.length + 1
  while (wrong - fine > 1) {
    const middle = (fine + wrong) >> 1
    if (isBeginning(text.slice(0, middle))) fine = middle
    else wrong = middle
  }
  return Buffer.byteLength(text.slice(0, fine))
}

function isBeginning(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const { message } = error as Error
    const at = /JSON at position (\d+)/.exec(message)?.[1]
    return at === undefined ? message.startsWith('Unexpected end') : Number(at) >= text.length
  }
}
