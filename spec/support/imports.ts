import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'

/** Files and what each imports: paths from the root for its own, names for everything else. */
export type Graph = Readonly<Record<string, readonly string[]>>

const importing =
  /(?:^|[\s;}])(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g

/** The imports of every TypeScript file below a folder, those of types too. */
export async function importsOf(folder: string): Promise<Graph> {
  const graph: Record<string, string[]> = {}
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.ts')) continue
    const text = await readFile(join(folder, path), 'utf8')
    const file = path.split('\\').join('/')
    graph[file] = importedBy(text).map((name) =>
      name.startsWith('.') ? posix.normalize(posix.join(dirname(file), name)) : name,
    )
  }
  return graph
}

/** The module names in the import and export statements of a text. */
export function importedBy(text: string): string[] {
  return Array.from(text.matchAll(importing), ([, statement, call]) => (statement ?? call)!)
}

/** Which folders each folder may import from, itself aside; a file in no folder goes by its own name. */
export type Rules = Readonly<Record<string, readonly string[]>>

/** Every import that the rules don't allow, and every circle of files: one line each. */
export function trespasses(graph: Graph, rules: Rules): string[] {
  const lines: string[] = []
  for (const [file, imports] of Object.entries(graph)) {
    const from = layerOf(file)
    const allowed = rules[from]
    if (allowed === undefined) lines.push(`${file} lies in ${from}, which has no rule`)
    for (const imported of imports) {
      if (!(imported in graph)) continue
      const to = layerOf(imported)
      if (to !== from && allowed && !allowed.includes(to) && !allowed.includes('*')) {
        lines.push(`${file} imports ${imported}: ${from} may not import from ${to}`)
      }
    }
  }
  return [...lines, ...circles(graph)]
}

/** Every import of a module that a folder must not know: one line each. */
export function forbidden(graph: Graph, layer: string, modules: readonly string[]): string[] {
  return Object.entries(graph).flatMap(([file, imports]) =>
    layerOf(file) === layer
      ? imports
          .filter((name) => modules.some((module) => name === module || name.startsWith(`${module}/`)))
          .map((name) => `${file} imports ${name}`)
      : [],
  )
}

function layerOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '')
}

function circles(graph: Graph): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file)
    if (at !== -1) {
      found.push(`a circle: ${[...path.slice(at), file].join(' -> ')}`)
      return
    }
    if (done.has(file)) return
    for (const imported of graph[file] ?? []) if (imported in graph) visit(imported, [...path, file])
    done.add(file)
  }
  for (const file of Object.keys(graph)) visit(file, [])
  return found
}
