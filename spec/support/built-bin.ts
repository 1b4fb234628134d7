import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { environment, filesIn, root, run } from './run-script.ts'

/** Beside each other in the project, where what is compiled finds what it depends on. */
const out = join(root, 'out')

/** The command line, compiled file by file, as coverage is counted by them. */
export interface BuiltBin {
  /** What `bin` of the package names. */
  readonly main: string
  /** A folder for the PATH, with the bin under both of its names. */
  readonly folder: string
}

let built: Promise<BuiltBin> | undefined

/**
 * Compiles the package, once for all specs that run at a time and as long as nothing changes. It stays where it is, as
 * coverage is counted by it when the specs are over.
 */
export function builtBin(): Promise<BuiltBin> {
  built ??= build()
  return built
}

async function build(): Promise<BuiltBin> {
  const name = `bin-${await state()}`
  const ready = join(out, name)
  if (!existsSync(ready)) {
    await mkdir(out, { recursive: true })
    for (const old of await readdir(out)) {
      if (old.startsWith('bin-') && !old.startsWith(name))
        await rm(join(out, old), { recursive: true, force: true })
    }
    const made = join(out, `${name}-${process.pid}`)
    await compile(made)
    // Where another process was faster its own is as good.
    await rename(made, ready).catch(() => rm(made, { recursive: true }))
  }
  return { main: join(ready, 'cli/main.js'), folder: join(ready, 'path') }
}

async function compile(folder: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = [
    tsc,
    '-p',
    'tsconfig.build.json',
    '--outDir',
    folder,
    '--declaration',
    'false',
    '--declarationMap',
    'false',
  ]
  const { code, stdout } = await run(process.execPath, args, root, environment())
  assert.equal(code, 0, stdout)
  const { bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    bin: Record<string, string>
  }
  await mkdir(join(folder, 'path'))
  for (const [name, path] of Object.entries(bin)) {
    const main = join('..', path.replace(/^dist\//, ''))
    // As npm does it.
    await chmod(join(folder, 'path', main), 0o755)
    await symlink(main, join(folder, 'path', name))
  }
}

/** What there is to compile, in short. */
async function state(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(root, 'package.json')))
  for (const path of await filesIn(join(root, 'lib')))
    hash.update(path).update(await readFile(join(root, 'lib', path)))
  return hash.digest('hex').slice(0, 12)
}
