import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndjsonFiles } from 'dhis2-analytics-stream'
import { storeContract } from './contract.ts'

storeContract('ndjsonFiles', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'files-'))
  return {
    replacesParts: false,
    store: (name) => ndjsonFiles(join(directory, name)),
    async rows(name) {
      const folder = join(directory, name)
      const files = (await readdir(folder)).filter((file) => file.startsWith('piece-'))
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
      const rows = texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line))
      return rows.map((row) => ({ ...row, value: Number(row.value) }))
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
})
