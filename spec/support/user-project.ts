import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, type Run, root, run } from './run-script.ts'

/** The compilers of users, the oldest and the newest, by where their `tsc` is. */
export const compilers = {
  '5.4': join(root, 'spec/support/typescript-5.4/node_modules/typescript/bin/tsc'),
  '7': join(root, 'node_modules/typescript/bin/tsc'),
} as const

/** What a user may compile with: the libraries that go with the target, or those of this package. */
export const libraries = { default: {}, named: { lib: ['es2023', 'esnext.disposable'] } } as const

/** The package as it is published. */
export interface Packed extends AsyncDisposable {
  readonly tarball: string
  /** The paths in it. */
  readonly paths: readonly string[]
  /** A new project that has it and these packages, and the programs of `spec/package`. */
  project(...packages: readonly string[]): Promise<UserProject>
}

/** A project of somebody who has the package from the registry. */
export interface UserProject {
  readonly folder: string
  /** Compiles these programs into `<folder>/js`. */
  compile(compiler: keyof typeof compilers, libs: keyof typeof libraries, files: string[]): Promise<Run>
  /** Runs a compiled program in a folder of its own, below the project. */
  run(file: string, env?: Readonly<Record<string, string>>, ...nodeArguments: string[]): Promise<Run>
}

/** Builds and packs the package. */
export async function packed(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  await npm(root, 'run', 'build', '--silent')
  const told = await npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder)
  const [{ filename, files }] = JSON.parse(told) as [{ filename: string; files: { path: string }[] }]
  const tarball = join(folder, filename)
  let projects = 0
  return {
    tarball,
    paths: files.map(({ path }) => path),
    project: (...packages) => projectIn(join(folder, `project-${++projects}`), [tarball, ...packages]),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function projectIn(folder: string, packages: readonly string[]): Promise<UserProject> {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "name": "project", "private": true, "type": "module" }')
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await npm(folder, 'install', ...packages, ...quiet)
  const programs = join(root, 'spec/package')
  for (const name of await readdir(programs)) await cp(join(programs, name), join(folder, name))
  return {
    folder,
    async compile(compiler, libs, files) {
      const config = `${compiler}-${libs}.json`
      await writeFile(join(folder, config), JSON.stringify({ compilerOptions: options(libs), files }))
      return run(process.execPath, [compilers[compiler], '-p', config], folder, environment())
    },
    async run(file, env, ...nodeArguments) {
      const cwd = await mkdtemp(join(folder, 'run-'))
      return run(process.execPath, [...nodeArguments, join(folder, 'js', file)], cwd, environment(env))
    },
  }
}

function options(libs: keyof typeof libraries): object {
  return {
    target: 'es2022',
    ...libraries[libs],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: ['node'],
    outDir: 'js',
  }
}

/** The version of a package that this one is developed with. */
export async function versionOf(name: string): Promise<string> {
  const manifest = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('npm', args, cwd, environment())
  assert.equal(code, 0, `npm ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}
