import assert from 'node:assert/strict'
import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'

/** A transform factory and what it takes. */
export interface Subject {
  make: (options?: { signal: AbortSignal }) => Transform
  /** A whole input, of 4 chunks or more. */
  input: readonly unknown[]
  /** What an input without a chunk comes to: an end, or an error of this name. */
  empty: 'end' | string
}

const sourceError = new Error('the source failed')
const sinkError = new Error('the sink failed')

/** Everything that can befall a transform in a pipeline: each ends the line once, with one error, and closes it all. */
const cases: Readonly<Record<string, (subject: Subject) => Line>> = {
  'its input ends': ({ input }) => ({ source: Readable.from(input), error: undefined }),
  'its source fails before the first chunk': () => ({
    source: new Readable({ objectMode: true, read: failing }),
    error: sourceError,
  }),
  'its source fails in the middle': ({ input }) => ({
    source: Readable.from(failingAfter(input)),
    error: sourceError,
  }),
  'its sink fails at the first chunk': ({ input }) => ({
    source: Readable.from(input),
    sink: new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done(sinkError) }),
    error: sinkError,
  }),
  'its sink fails as it ends': ({ input }) => ({
    source: Readable.from(input),
    sink: new Writable({
      objectMode: true,
      write: (_chunk, _encoding, done) => done(),
      final: (done) => done(sinkError),
    }),
    error: sinkError,
  }),
  'its sink is destroyed in the middle': ({ input }) => ({
    source: stalling(input),
    befall: ({ sink }) => sink.destroy(),
    error: 'ERR_STREAM_PREMATURE_CLOSE',
  }),
  'its source is destroyed in the middle': ({ input }) => ({
    source: stalling(input),
    befall: ({ source }) => source.destroy(),
    error: 'ERR_STREAM_PREMATURE_CLOSE',
  }),
  'it is destroyed before the first chunk': () => ({
    source: new Readable({ objectMode: true, read: () => undefined }),
    befall: ({ transform }) => transform.destroy(),
    error: 'ERR_STREAM_PREMATURE_CLOSE',
  }),
  'it is destroyed with an error in the middle': ({ input }) => ({
    source: stalling(input),
    befall: ({ transform }) => transform.destroy(sinkError),
    error: sinkError,
  }),
  'it is destroyed while its sink keeps it waiting': ({ input }) => ({
    source: Readable.from(input),
    sink: new Writable({ objectMode: true, highWaterMark: 1, write: () => undefined }),
    befall: ({ transform }) => transform.destroy(sinkError),
    error: sinkError,
  }),
  'the pipeline is aborted before it starts': ({ input }) => ({
    source: Readable.from(input),
    aborts: 'at once',
    error: 'ABORT_ERR',
  }),
  'the pipeline is aborted in the middle': ({ input }) => ({
    source: stalling(input),
    aborts: 'in the middle',
    error: 'ABORT_ERR',
  }),
  'its own signal is aborted in the middle': ({ input }) => ({
    source: stalling(input),
    aborts: 'its own signal',
    error: 'ABORT_ERR',
  }),
}

interface Line {
  source: Readable
  /** Default one that takes everything. */
  sink?: Writable
  /** What happens once the line is busy. */
  befall?: (line: { source: Readable; transform: Transform; sink: Writable }) => void
  aborts?: 'at once' | 'in the middle' | 'its own signal'
  /** The error itself, or its code; undefined for none. */
  error: Error | string | undefined
}

/** Declares a test for each of the cases, and one for an empty input. */
export function lifecycle(subject: Subject): void {
  describe('ends the whole line once', () => {
    for (const [title, line] of Object.entries(cases))
      it(`when ${title}`, () => endsOnce(subject, line(subject)))

    it(`when its input is empty, ${subject.empty === 'end' ? 'without an error' : `with a ${subject.empty}`}`, () =>
      endsOnce(subject, {
        source: Readable.from([]),
        error: subject.empty === 'end' ? undefined : subject.empty,
      }))
  })
}

async function endsOnce(subject: Subject, line: Line): Promise<void> {
  const { source, sink = new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() }) } =
    line
  const { befall, aborts, error } = line
  const abort = new AbortController()
  if (aborts === 'at once') abort.abort()
  const transform = subject.make(aborts === 'its own signal' ? { signal: abort.signal } : undefined)
  const streams = [source, transform, sink]
  const closed = streams.map((stream) => counted(stream, 'close'))
  const ended = counted(transform, 'end')

  const signal = aborts !== undefined && aborts !== 'its own signal' ? { signal: abort.signal } : {}
  const outcomes: unknown[] = []
  const finished = pipeline(source, transform, sink, signal).then(
    () => outcomes.push(undefined),
    (reason: unknown) => outcomes.push(reason),
  )
  await turns(5)
  befall?.({ source, transform, sink })
  if (aborts) abort.abort()
  await finished
  await turns(5)

  const [outcome] = outcomes as [(Error & { code?: string }) | undefined]
  if (typeof error === 'string') assert.ok([outcome?.code, outcome?.name].includes(error), `${outcome}`)
  else assert.equal(outcome, error)
  for (const [i, stream] of streams.entries()) {
    assert.equal(stream.destroyed, true, `stream ${i} is not destroyed`)
    assert.equal(closed[i]!(), 1, `stream ${i} was closed ${closed[i]!()} times`)
  }
  if (error === undefined) assert.equal(ended(), 1)
}

function counted(stream: Readable | Writable, event: string): () => number {
  let count = 0
  stream.on(event, () => {
    count += 1
  })
  return () => count
}

/** So many turns of the event loop, in which everything that is ready happens. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate)
}

function failing(this: Readable): void {
  this.destroy(sourceError)
}

function* failingAfter(input: readonly unknown[]): Generator<unknown> {
  yield* input.slice(0, 2)
  throw sourceError
}

/** The first half, and then nothing, and no end. */
function stalling(input: readonly unknown[]): Readable {
  const half = input.slice(0, Math.ceil(input.length / 2))
  return new Readable({
    objectMode: true,
    read() {
      if (half.length) this.push(half.shift())
    },
  })
}
