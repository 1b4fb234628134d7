import { Dhis2Client } from '../../lib/index.ts'

/** Writes one answer to a file, in a process that may be limited or killed: `<url> <destination>`. */
const [baseUrl = '', destination = ''] = process.argv.slice(2)
const client = new Dhis2Client({ baseUrl, retry: false })
try {
  await client.analytics.streamTo(destination, { dx: 'a' }, { chunkSize: 4096 })
  process.stdout.write('written')
} catch (error) {
  const { code, cause, request } = error as { code: string; cause?: { code?: string }; request?: object }
  process.stdout.write(JSON.stringify({ code, cause: cause?.code, named: request !== undefined }))
}
await client.close()
