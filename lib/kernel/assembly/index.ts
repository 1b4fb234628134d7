export { cells, cellsClosed, cellsLack, cellsRows, rehash, setArena } from './cells'
export { csv, csvClosed, csvLength, csvRows } from './csv'
export { cutFragments, lines, linesLength, quotedEnd, spread } from './text'
