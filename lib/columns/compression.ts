import zlib from 'node:zlib'
import { snappy } from './snappy.ts'

/** How pages of a Parquet file are compressed. */
export type Compression = 'snappy' | 'gzip' | 'brotli' | 'zstd' | 'none'

type Compress = (bytes: Buffer) => Buffer

/** What Node has from 22.15 on. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: Compress }

/** Each with its number in Parquet. Brotli's own default is as slow as it gets. */
const codecs: Readonly<Record<Compression, { readonly number: number; readonly compress?: Compress }>> = {
  none: { number: 0, compress: (bytes) => bytes },
  snappy: { number: 1, compress: snappy },
  gzip: { number: 2, compress: (bytes) => zlib.gzipSync(bytes) },
  brotli: {
    number: 4,
    compress: (bytes) =>
      zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  },
  zstd: { number: 6, ...(zstdCompressSync && { compress: (bytes: Buffer) => zstdCompressSync(bytes) }) },
}

export const compressions = Object.keys(codecs) as Compression[]

export interface Codec {
  readonly number: number
  readonly compress: Compress
}

/** Undefined where this Node has it not. */
export function codecOf(compression: Compression): Codec | undefined {
  const { number, compress } = codecs[compression]
  return compress && { number, compress }
}
