import { after, before } from 'node:test'
import { demoToken, type StandIn, type StandInOptions, startDhis2 } from '../../lib/testing/index.ts'

/** A stand-in for the specs of a file, and the environment of somebody who may use it. */
export function standIn(options: StandInOptions = {}) {
  let server: StandIn | undefined
  before(async () => {
    server = await startDhis2(options)
  })
  after(() => server?.close())
  return {
    get server() {
      return server!
    },
    get env() {
      return { DHIS2_URL: server!.url, DHIS2_PAT: demoToken }
    },
  }
}
