import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { usage } from '../ending/failure.ts'

/**
 * The first of these modules that is there: beside the package, or, for npx, in the folder it is run in.
 *
 * @throws Failure that says how to install one.
 */
export async function driverOf<Driver>(what: string, names: readonly string[]): Promise<Driver> {
  for (const name of names) {
    const found = (await imported(name)) ?? (await imported(resolvedHere(name)))
    if (found) return { ...found, ...(found['default'] as object | undefined) } as Driver
  }
  const name = names.at(-1)
  throw usage(
    `${what} needs a driver, and none is installed`,
    `npm install ${name}, or run it as npx -p dhis2-analytics-stream -p ${name} dhis2-analytics …`,
  )
}

type Module = Readonly<Record<string, unknown>>

async function imported(name: string | undefined): Promise<Module | undefined> {
  if (name === undefined) return undefined
  try {
    return (await import(name)) as Module
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNKNOWN_BUILTIN_MODULE') return undefined
    throw error
  }
}

function resolvedHere(name: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'from-here.js')).resolve(name)).href
  } catch {
    return undefined
  }
}
