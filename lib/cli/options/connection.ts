import { type Command, Option } from 'commander'
import type { CommonOptions } from './command.ts'

/** Which server, and who we are there. */
export interface ConnectionOptions extends CommonOptions {
  readonly url?: string
  readonly username?: string
  readonly passwordFile?: string
  readonly patFile?: string
  readonly profile?: string
  /** Never taken; there to be refused with a word on what to do. */
  readonly password?: string | true
  readonly pat?: string | true
  readonly token?: string | true
}

const group = 'Which server (or DHIS2_URL, with DHIS2_PAT or DHIS2_USERNAME and DHIS2_PASSWORD):'

export function takesConnection(command: Command): Command {
  for (const option of [
    new Option('--url <url>', 'where the server lives: https://dhis2.example.org'),
    new Option('--username <name>', 'who you are there'),
    new Option('--password-file <file>', "read the password from a file, or '-' for standard input"),
    new Option('--pat-file <file>', "read a personal access token from a file, or '-' for standard input"),
    new Option(
      '--profile <name>',
      'take these from the file of profiles, ~/.config/dhis2-analytics/profiles.json',
    ),
  ]) {
    command.addOption(option.helpGroup(group))
  }
  for (const secret of ['password', 'pat', 'token']) {
    command.addOption(new Option(`--${secret} [secret]`).hideHelp())
  }
  return command
}
