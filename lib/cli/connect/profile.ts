import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Failure, usage } from '../ending/failure.ts'
import { tellWarning } from '../ending/tell.ts'
import type { Source } from './settings.ts'

const fields = ['url', 'pat', 'username', 'password']

/** `DHIS2_PROFILES`, or `dhis2-analytics/profiles.json` where programs of this user have their settings. */
export function profilesPath(env: NodeJS.ProcessEnv): string {
  return (
    env['DHIS2_PROFILES'] ||
    join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'dhis2-analytics', 'profiles.json')
  )
}

/**
 * A profile of the file, `{ "demo": { "url": "https://…", "pat": "…" } }`, with `username` and `password` in place of `pat`
 * where there is no token. Warns where others may read it.
 *
 * @throws Failure where the file or the profile is not there, or is no profile.
 */
export async function profileOf(name: string, path: string): Promise<Source> {
  const profiles = await profilesIn(path)
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (profile === undefined) {
    throw usage(
      `There is no profile ${name} in ${path}`,
      `There are: ${Object.keys(profiles).join(', ') || 'none'}.`,
    )
  }
  const wrong = isRecord(profile)
    ? Object.keys(profile).find((key) => !fields.includes(key) || typeof profile[key] !== 'string')
    : 'it'
  if (wrong !== undefined) {
    throw usage(
      `The profile ${name} in ${path} is none: ${wrong} is not right`,
      `Write text under ${fields.join(', ')}, and nothing else.`,
    )
  }
  return { ...(profile as object), name: `the profile ${name}` }
}

async function profilesIn(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
    // Windows has no such modes.
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
      tellWarning(`${path} can be read by others; chmod 600 ${path} keeps it to you`)
    }
  } catch (cause) {
    throw new Failure(
      'usage',
      `The profiles can't be read: ${(cause as Error).message}`,
      `Write them there: { "demo": { "url": "https://dhis2.example.org", "pat": "…" } }`,
      cause,
    )
  }
  try {
    const said: unknown = JSON.parse(text)
    if (isRecord(said)) return said
  } catch {
    // What JSON.parse says has the text in it, and that has secrets.
  }
  throw usage(
    `${path} is no JSON of profiles`,
    'Write { "demo": { "url": "https://dhis2.example.org", "pat": "…" } }',
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
