/**
 * Under this symbol a stream of this package says what comes out of it. `headers` and `request` are names that others'
 * streams have too, and mean something else by; this one nobody has by accident. It is registered, so that two copies
 * of the package in one process understand each other.
 */
export const gives: unique symbol = Symbol.for('dhis2-analytics-stream.gives')

/**
 * - `bytes`: with a `request` and a `contentLength`, where they are known
 * - `rows`: arrays of a cell for each header, or objects with a key for each
 * - `records`: objects with some of the keys
 * - `batches`: arrays of rows or objects
 */
export type Gives = 'bytes' | 'rows' | 'records' | 'batches'
