import type { Command, Option } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

/** What a shell needs to know of a command. */
interface Known {
  readonly name: string
  readonly description: string
  readonly options: readonly Option[]
  /** What may stand for its first argument. */
  readonly choices: readonly string[]
}

/** A script that makes a shell complete the commands of the program, their options, and what these may be. */
export function completionFor(shell: Shell, program: Command): string {
  const commands = program.commands.map(
    (command): Known => ({
      name: command.name(),
      description: command.description(),
      options: command.options.filter(({ hidden }) => !hidden),
      choices: command.registeredArguments[0]?.argChoices ?? [],
    }),
  )
  switch (shell) {
    case 'bash':
      return bash(commands)
    case 'zsh':
      return zsh(commands)
    case 'fish':
      return fish(commands)
    default:
      return shell satisfies never
  }
}

const names = ['dhis2-analytics', 'dhis2-analytics-stream']

function bash(commands: readonly Known[]): string {
  const options = commands.map(
    ({ name, options, choices }) =>
      `    ${name}) words="${[...options.map(({ long }) => long), '--help', ...choices].join(' ')}" ;;`,
  )
  const values = choicesOf(commands).map(([long, choices]) => `    ${long}) words="${choices.join(' ')}" ;;`)
  return `# bash completion of dhis2-analytics
_dhis2_analytics() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "\${COMP_WORDS[1]}" in
${options.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(' ')} --help --version"; fi
  case "$before" in
${values.join('\n')}
    --to|--password-file|--pat-file) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _dhis2_analytics ${names.join(' ')}
`
}

function zsh(commands: readonly Known[]): string {
  const described = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`)
  const cases = commands.map(({ name, options, choices }) => {
    const specs = options.map(({ long, description, required, argChoices }) => {
      const value = required ? `:value:${argChoices ? `(${argChoices.join(' ')})` : '_files'}` : ''
      return quoted(`*${long}[${description.replaceAll(/[[\]:]/g, '\\$&')}]${value}`)
    })
    const rest = quoted(choices.length ? `*:value:(${choices.join(' ')})` : '*:file:_files')
    return `    ${name}) _arguments ${[...specs, rest].join(' ')} ;;`
  })
  return `#compdef ${names.join(' ')}
_dhis2_analytics() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _dhis2-analytics ]; then
  _dhis2_analytics "$@"
else
  compdef _dhis2_analytics ${names.join(' ')}
fi
`
}

function fish(commands: readonly Known[]): string {
  return names
    .flatMap((program) => [
      ...commands.map(
        ({ name, description }) =>
          `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ),
      ...commands.flatMap(({ name, options, choices }) => [
        ...options.map(({ long, description, required, argChoices }) => {
          const value = required ? ` -r${argChoices ? ` -f -a ${quoted(argChoices.join(' '))}` : ''}` : ''
          return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${long!.slice(2)}${value} -d ${quoted(description)}`
        }),
        ...(choices.length
          ? [
              `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -f -a ${quoted(choices.join(' '))}`,
            ]
          : []),
      ]),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

function choicesOf(commands: readonly Known[]): [string, readonly string[]][] {
  const all = commands.flatMap(({ options }) =>
    options.flatMap(({ long, argChoices }): [string, readonly string[]][] =>
      argChoices ? [[long!, argChoices]] : [],
    ),
  )
  // Of the same option the command with the most choices.
  return [...new Map(all.sort(([, a], [, b]) => a.length - b.length)).entries()]
}

/** In single quotes, as all three shells have them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
