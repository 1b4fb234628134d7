import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Failure, usage } from '../ending/failure.ts'
import type { ConnectionOptions } from '../options/connection.ts'

/**
 * Arguments are read by every user of the machine, and kept in the history of the shell: none may be a secret.
 *
 * @throws Failure that says what to do instead.
 */
export function refuseSecrets({ password, pat, token, url, username }: ConnectionOptions): void {
  if (password !== undefined) {
    throw usage(
      '--password would show the password to everybody on this machine, and in the history of your shell',
      'Put it into DHIS2_PASSWORD, into a file for --password-file, or give it on standard input: --password-file -',
    )
  }
  if (pat !== undefined || token !== undefined) {
    throw usage(
      `--${pat === undefined ? 'token' : 'pat'} would show the token to everybody on this machine, and in the history of your shell`,
      'Put it into DHIS2_PAT, into a file for --pat-file, or give it on standard input: --pat-file -',
    )
  }
  if (url !== undefined && holdsSecret(url)) {
    throw usage(
      '--url holds a name or a password, which everybody on this machine could read',
      'Leave it out of the URL, and put it into DHIS2_USERNAME and DHIS2_PASSWORD, or DHIS2_PAT.',
    )
  }
  // No name has a colon, behind which others take a password.
  if (username?.includes(':')) {
    throw usage(
      '--username holds a password, which everybody on this machine could read',
      'Leave it and the colon out, and put it into DHIS2_PASSWORD, or into a file for --password-file.',
    )
  }
}

/** Whether there is somebody before the `@` of a URL. */
function holdsSecret(url: string): boolean {
  return /^[a-z][\w+.-]*:\/\/[^/?#]*@/i.test(url)
}

/**
 * The first line of a file, or of standard input for `-`.
 *
 * @throws Failure where there is none.
 */
export async function secretIn(option: string, path: string): Promise<string> {
  let said: string
  try {
    said = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure(
      'usage',
      `${option}: ${(cause as Error).message}`,
      'Name a file that you may read.',
      cause,
    )
  }
  const [secret = ''] = said.split(/\r?\n/)
  if (secret === '') throw usage(`${option}: there is nothing in the first line`, 'Put the secret there.')
  return secret
}
