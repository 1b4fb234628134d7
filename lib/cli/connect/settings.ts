import { usage } from '../ending/failure.ts'

/** Where a server is, and who we are there. */
export interface Settings {
  readonly url?: string | undefined
  readonly pat?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** Settings, and where they come from. */
export interface Source extends Settings {
  readonly name: string
}

/** As the environment has them. */
export function settingsOfEnvironment(env: NodeJS.ProcessEnv): Source {
  return {
    name: 'the environment',
    url: env['DHIS2_URL'] || undefined,
    pat: env['DHIS2_PAT'] || undefined,
    username: env['DHIS2_USERNAME'] || undefined,
    password: env['DHIS2_PASSWORD'] || undefined,
  }
}

/**
 * What was typed, over a profile or the environment. A secret goes to the server it was written for and to no other: where
 * another URL was typed than the source has, none of the source's is taken.
 *
 * @throws Failure where the URL is missing.
 */
export function settingsFrom(typed: Settings, source: Source): Settings & { readonly url: string } {
  const url = typed.url ?? source.url
  if (url === undefined) {
    throw usage(
      'Which server is not said',
      'Set DHIS2_URL, or give --url https://dhis2.example.org or a --profile.',
    )
  }
  const isAnother = typed.url !== undefined && source.url !== undefined && !sameServer(typed.url, source.url)
  const { pat, username, password } = isAnother ? ({} as Settings) : source
  if (typed.pat !== undefined) return { url, pat: typed.pat }
  if (typed.password !== undefined)
    return { url, username: typed.username ?? username, password: typed.password }
  // Who is named with --username is not who the token is.
  if (typed.username === undefined) return { url, pat, username, password }
  return {
    url,
    username: typed.username,
    password: typed.username === (username ?? typed.username) ? password : undefined,
  }
}

/** @throws Failure where they don't say who we are; `source` is where they were looked for. */
export function checkWho({ pat, username, password }: Settings, source: Source, url: string): void {
  if (pat !== undefined || (username !== undefined && password !== undefined)) return
  const other = source.url !== undefined && !sameServer(url, source.url)
  throw usage(
    other
      ? `Who you are at ${url.replace(/[?#].*/s, '')} is not said: what ${source.name} says is for ${source.url}`
      : `Who you are is not said${username === undefined ? '' : `: there is no password of ${username}`}`,
    'Set DHIS2_PAT, or DHIS2_USERNAME and DHIS2_PASSWORD; or give --pat-file, or --username and --password-file.',
  )
}

function sameServer(one: string, other: string): boolean {
  const plain = (url: string) => (URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, '')
  return plain(one) === plain(other)
}
