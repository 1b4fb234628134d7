import type { Command, Option } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

/** What a shell needs to know of a command. */
interface Known {
  /** The names that lead to it: none for the program itself, `dataset run`. */
  readonly path: string
  readonly options: readonly Option[]
  /** What may stand behind it, each with a word on it. */
  readonly words: readonly (readonly [word: string, description: string])[]
  /** Of what its arguments are, where they are neither words nor left out. */
  readonly takes: 'files' | 'text' | undefined
}

/** A script that makes a shell complete the commands of the program, their options, and what these may be. */
export function completionFor(shell: Shell, program: Command): string {
  const commands = knownOf(program, [])
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

/** A command, and all below it. */
function knownOf(command: Command, path: readonly string[]): Known[] {
  const [argument] = command.registeredArguments
  const known = {
    path: path.join(' '),
    options: command.createHelp().visibleOptions(command),
    words: command.commands.length
      ? command.commands.map((each) => [each.name(), each.description()] as const)
      : (argument?.argChoices ?? []).map((choice) => [choice, ''] as const),
    takes: argument && (['file', 'name'].includes(argument.name()) ? ('files' as const) : ('text' as const)),
  }
  return [known, ...command.commands.flatMap((each) => knownOf(each, [...path, each.name()]))]
}

/** Whether its value is the name of a file or of a folder. */
function takesFile({ flags }: Option): boolean {
  return /<(file|where)>/.test(flags)
}

const names = ['dhis2-analytics', 'dhis2-analytics-stream']

function bash(commands: readonly Known[]): string {
  const words = commands.map(({ path, options, words }) => {
    const all = [...words.map(([word]) => word), ...options.map(({ long }) => long)]
    return `    "${path}") words="${all.join(' ')}" ;;`
  })
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ required }) => required)
      .map(({ long, argChoices = [] }) => `    "${path} ${long}") words="${argChoices.join(' ')}" ;;`),
  )
  return `# bash completion of dhis2-analytics
_dhis2_analytics() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" at="" words=""
  if [ "$COMP_CWORD" -gt 1 ]; then at="\${COMP_WORDS[1]}"; fi
  if [ "$COMP_CWORD" -gt 2 ]; then case "$at" in
    ${below(commands).join('|')}) at="$at \${COMP_WORDS[2]}" ;;
  esac; fi
  if [ "$current" = = ]; then current=""; elif [ "$before" = = ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$at" in
${words.join('\n')}
  esac
  case "$at $before" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _dhis2_analytics ${names.join(' ')}
`
}

/** The names of commands that have others below them. */
function below(commands: readonly Known[]): string[] {
  return commands.filter(({ path }) => path.includes(' ')).map(({ path }) => path.split(' ')[0]!)
}

function zsh(commands: readonly Known[]): string {
  const cases = commands.map(({ path, options, words, takes }) => {
    const specs = options.map((option) => {
      const { long, description, required, argChoices } = option
      const values = argChoices ? `(${argChoices.join(' ')})` : takesFile(option) ? '_files' : ' '
      return quoted(
        `*${long}${required ? '=' : ''}[${escaped(description)}]${required ? `:value:${values}` : ''}`,
      )
    })
    const described = words.map(([word, text]) => (text ? `${word}\\:${quoted(escaped(text))}` : word))
    const list = words.some(([, text]) => text) ? `((${described.join(' ')}))` : `(${described.join(' ')})`
    const rest = words.length
      ? [`1:what:${list}`]
      : takes
        ? [`*:${takes}:${takes === 'files' ? '_files' : ' '}`]
        : []
    return `    ${quoted(path)}) _arguments ${[...specs, ...rest.map(quoted)].join(' ')} ;;`
  })
  return `#compdef ${names.join(' ')}
_dhis2_analytics() {
  local at=""
  local -i depth=0
  if (( CURRENT > 2 )); then at="$words[2]" depth=1; fi
  if (( CURRENT > 3 )); then case "$at" in
    ${below(commands).join('|')}) at="$at $words[3]" depth=2 ;;
  esac; fi
  shift $depth words
  (( CURRENT -= depth ))
  case "$at" in
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

function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&')
}

function fish(commands: readonly Known[]): string {
  const lines = commands.flatMap(({ path, options, words, takes }) => {
    const at = `-n ${quoted(`__dhis2_analytics_at ${path}`.trim())}`
    return [
      ...(takes === 'files' ? [] : [`${at} -f`]),
      ...words.map(([word, text]) => `${at} -a ${word} -d ${quoted(text)}`),
      ...options.map((option) => {
        const { long, short, description, required, argChoices } = option
        const values = argChoices
          ? ` -x -a ${quoted(argChoices.join(' '))}`
          : takesFile(option)
            ? ' -r -F'
            : ' -x'
        const letter = short ? ` -s ${short.slice(1)}` : ''
        return `${at} -l ${long!.slice(2)}${letter}${required ? values : ''} -d ${quoted(description)}`
      }),
    ]
  })
  const known = commands.map(({ path }) => quoted(path)).join(' ')
  return `# fish completion of dhis2-analytics
function __dhis2_analytics_at
  set -l words (commandline -opc)
  set -l path
  for word in $words[2..]
    contains -- (string join -- ' ' $path $word) ${known}; or break
    set -a path $word
  end
  test "$path" = "$argv"
end
${names.flatMap((name) => lines.map((line) => `complete -c ${name} ${line}\n`)).join('')}`
}

/** In single quotes, as all three shells have them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
