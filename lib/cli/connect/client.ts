import type { Dhis2Client } from '../../index.ts'
import type { ConnectionOptions } from '../options/connection.ts'
import { profileOf, profilesPath } from './profile.ts'
import { refuseSecrets, secretIn } from './secrets.ts'
import { checkWho, type Settings, type Source, settingsFrom, settingsOfEnvironment } from './settings.ts'

/** A client, and the address of its server. */
export interface Connected extends AsyncDisposable {
  readonly client: Dhis2Client
  readonly url: string
}

/**
 * A client for the server that the options, a profile or the environment name. Nothing is sent.
 *
 * @throws Failure where something is missing, or a secret is an argument; QueryError for an address that can be none.
 */
export async function connect(options: ConnectionOptions): Promise<Connected> {
  refuseSecrets(options)
  const source = await sourceOf(options)
  const settings = settingsFrom(await typedIn(options), source)
  checkWho(settings, source, settings.url)
  return connected(settings)
}

/** The same for a question that is never sent, for which nobody has to say who they are. */
export async function connectToNobody(options: ConnectionOptions): Promise<Connected> {
  refuseSecrets(options)
  const { url } = settingsFrom({ url: options.url }, await sourceOf(options))
  return connected({ url })
}

async function connected({
  url,
  pat,
  username,
  password,
}: Settings & { readonly url: string }): Promise<Connected> {
  const { basicAuth, Dhis2Client, personalAccessToken } = await import('../../index.ts')
  const auth =
    pat !== undefined ? personalAccessToken(pat) : username ? basicAuth(username, password ?? '') : undefined
  const client = new Dhis2Client({ baseUrl: url, auth, proxy: 'env' })
  return { client, url, [Symbol.asyncDispose]: () => client.close() }
}

function sourceOf({ profile }: ConnectionOptions): Source | Promise<Source> {
  return profile === undefined
    ? settingsOfEnvironment(process.env)
    : profileOf(profile, profilesPath(process.env))
}

async function typedIn({ url, username, passwordFile, patFile }: ConnectionOptions): Promise<Settings> {
  return {
    url,
    username,
    pat: patFile === undefined ? undefined : await secretIn('--pat-file', patFile),
    password: passwordFile === undefined ? undefined : await secretIn('--password-file', passwordFile),
  }
}
