import { type Auth, basicAuth, personalAccessToken } from 'dhis2-analytics-stream'
import { demoToken, type StandIn, type StandInOptions, startDhis2 } from './dhis2-server.ts'

/** A server to run an example against. */
export interface ExampleServer extends AsyncDisposable {
  readonly url: string
  readonly auth: Auth
  /** Undefined for a server of your own. */
  readonly standIn: StandIn | undefined
}

/**
 * Your own server, if `DHIS2_URL` is set together with `DHIS2_PAT`, or with `DHIS2_USERNAME` and `DHIS2_PASSWORD`;
 * else a stand-in with made-up data, started in this process with `options` and stopped at the end of the scope.
 */
export async function openServer(options: StandInOptions = {}): Promise<ExampleServer> {
  const url = process.env['DHIS2_URL']
  if (url) return { url, auth: ownAuth(), standIn: undefined, [Symbol.asyncDispose]: async () => undefined }
  const standIn = await startDhis2(options)
  return {
    url: standIn.url,
    auth: personalAccessToken(demoToken),
    standIn,
    [Symbol.asyncDispose]: () => standIn.close(),
  }
}

function ownAuth(): Auth {
  const { DHIS2_PAT: token, DHIS2_USERNAME: username, DHIS2_PASSWORD: password } = process.env
  if (token) return personalAccessToken(token)
  if (username && password) return basicAuth(username, password)
  console.error('DHIS2_URL is set, but not who you are: set DHIS2_PAT, or DHIS2_USERNAME and DHIS2_PASSWORD')
  process.exit(2)
}
