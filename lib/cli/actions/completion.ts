import type { Command, Option } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

/** What a shell needs to know of a command. */
interface Known {
  readonly name: string
  readonly description: string
  readonly options: readonly Option[]
  /** What may stand for its first argument. */
  readonly choices: readonly string[]
  /** Those below it, whose names are its choices. */
  readonly commands: readonly Known[]
}

/** A script that makes a shell complete the commands of the program, their options, and what these may be. */
export function completionFor(shell: Shell, program: Command): string {
  const commands = program.commands.map(knownOf)
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

function knownOf(command: Command): Known {
  const commands = command.commands.map(knownOf)
  return {
    name: command.name(),
    description: command.description(),
    options: command.options.filter(({ hidden }) => !hidden),
    choices: commands.length
      ? commands.map(({ name }) => name)
      : (command.registeredArguments[0]?.argChoices ?? []),
    commands,
  }
}

const names = ['dhis2-analytics', 'dhis2-analytics-stream']

function bash(commands: readonly Known[]): string {
  const wordsOf = ({ options, choices }: Known) =>
    [...options.map(({ long }) => long), '--help', ...choices].join(' ')
  const options = commands.map((command) => `    ${command.name}) words="${wordsOf(command)}" ;;`)
  const below = commands.flatMap(({ name, commands }) =>
    commands.map((command) => `    "${name} ${command.name}") words="${wordsOf(command)}" ;;`),
  )
  const values = choicesOf(commands).map(([long, choices]) => `    ${long}) words="${choices.join(' ')}" ;;`)
  return `# bash completion of dhis2-analytics
_dhis2_analytics() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "\${COMP_WORDS[1]}" in
${options.join('\n')}
  esac
  if [ "$COMP_CWORD" -gt 2 ]; then case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${below.join('\n')}
  esac; fi
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
  const argumentsOf = ({ options, choices }: Known) => {
    const specs = options.map(({ long, description, required, argChoices }) => {
      const value = required ? `:value:${argChoices ? `(${argChoices.join(' ')})` : '_files'}` : ''
      return quoted(`*${long}[${description.replaceAll(/[[\]:]/g, '\\$&')}]${value}`)
    })
    const rest = quoted(choices.length ? `*:value:(${choices.join(' ')})` : '*:file:_files')
    return `_arguments ${[...specs, rest].join(' ')}`
  }
  const cases = commands.map((command) => {
    if (command.commands.length === 0) return `    ${command.name}) ${argumentsOf(command)} ;;`
    const below = command.commands.map((each) => `        ${each.name}) ${argumentsOf(each)} ;;`)
    return `    ${command.name})
      if (( CURRENT == 2 )); then
        ${argumentsOf(command)}
        return
      fi
      command="$words[2]"
      shift words
      (( CURRENT-- ))
      case "$command" in
${below.join('\n')}
      esac
      ;;`
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
  const optionsOf = ({ options }: Known, seen: string) =>
    options.map(({ long, description, required, argChoices }) => {
      const value = required ? ` -r${argChoices ? ` -f -a ${quoted(argChoices.join(' '))}` : ''}` : ''
      return `-n ${quoted(seen)} -l ${long!.slice(2)}${value} -d ${quoted(description)}`
    })
  const lines = commands.flatMap((command) => {
    const { name, description, choices } = command
    const seen = `__fish_seen_subcommand_from ${name}`
    const isFirst = command.commands.length
      ? `; and not __fish_seen_subcommand_from ${choices.join(' ')}`
      : ''
    return [
      `-n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...optionsOf(command, seen),
      ...(choices.length ? [`-n ${quoted(seen + isFirst)} -f -a ${quoted(choices.join(' '))}`] : []),
      ...command.commands.flatMap((each) =>
        optionsOf(each, `${seen}; and __fish_seen_subcommand_from ${each.name}`),
      ),
    ]
  })
  return names.flatMap((name) => lines.map((line) => `complete -c ${name} ${line}\n`)).join('')
}

function choicesOf(commands: readonly Known[]): [string, readonly string[]][] {
  const all = [...commands, ...commands.flatMap((each) => each.commands)].flatMap(({ options }) =>
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
