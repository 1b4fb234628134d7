export { cells, cellsClosed, cellsLack, cellsRows, rehash, setArena } from './cells'
export { csv, csvClosed, csvLength, csvRows } from './csv'
export { decimalFragments } from './decimals'
export { cutFragments, lines, linesLength, quotedEnd, spread } from './text'
