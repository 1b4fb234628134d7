import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { demoToken } from '../../examples/support/dhis2-server.ts'
import { root } from './run-script.ts'

/** A piece of code, and what it stands under. */
export interface Block {
  readonly heading: string
  readonly language: string
  readonly code: string
}

/** What the code takes for granted. */
const prelude = {
  client: `import { Dhis2Client as Client, personalAccessToken as pat } from 'dhis2-analytics-stream'
await using client = new Client({ baseUrl: 'https://dhis2.example.org', auth: pat('${demoToken}') })\n`,
  token: `const token = '${demoToken}'\n`,
}

/** A page of the project, and the code on it. */
export interface Page {
  readonly name: string
  readonly text: string
  readonly blocks: readonly Block[]
  /** Those of the blocks that run. */
  readonly snippets: readonly Block[]
}

async function pageOf(name: string): Promise<Page> {
  const text = await readFile(join(root, name), 'utf8')
  const blocks = blocksOf(text)
  return { name, text, blocks, snippets: blocks.filter(({ language }) => language === 'ts') }
}

const names = [
  'README.md',
  'FAULTS.md',
  'examples/README.md',
  ...(await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
]

/** Every page for users. */
export const pages: readonly Page[] = await Promise.all(names.map(pageOf))

export function page(name: string): Page {
  return pages.find((each) => each.name === name)!
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ 1: language, 2: code, index }) => {
    const headings = [...markdown.slice(0, index).matchAll(/^#+ (.*)$/gm)]
    return { heading: headings.at(-1)![1]!, language: language!, code: code! }
  })
}

/** What a person wants, and a line of shell and one of code that give it. */
export interface Want {
  readonly what: string
  readonly shell: string
  readonly code: string
}

/** The rows of a table on a page that have a line of shell and one of code, each in backticks. */
export function wantsOf({ text }: Page): Want[] {
  return [...text.matchAll(/^\| ([^|`]+) \| `([^`]+)` <br> `(.+)` \|[^|]*\|$/gm)].map(
    ([, what, shell, code]) => ({ what: what!, shell: shell!, code: code! }),
  )
}

/** A module of its own, that asks the server at `url`. */
export function moduleOf({ code }: Block, url: string): string {
  const needed = [
    ...(/\btoken\b/.test(code) ? [prelude.token] : []),
    ...(/\bconst client\b/.test(code) ? [] : [prelude.client]),
  ]
  return [...needed, code].join('').replaceAll('https://dhis2.example.org', url)
}
