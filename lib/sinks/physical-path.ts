import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, join, parse, sep } from 'node:path'
import { DestinationError } from '../errors.ts'
import { namesDirectory } from './destination.ts'

/** As many as Linux follows. */
const mostLinks = 40

/** A file that a process has open, under its number: what its link says need not be a path, or not that of the file. */
const openFile = /^\/(dev|proc\/\d+(\/task\/\d+)?)\/fd\/\d+$/

/**
 * The path that symbolic links lead to, as the system follows them: step by step, each from where the last one led. What
 * is not there yet is where its name says. In one turn: calls that wait cost many small files a third of their time.
 *
 * @throws DestinationError for a circle, and for what is not the name of a file.
 */
export function physicalPath(path: string): string {
  let at = parse(path).root
  const left = stepsOf(path)
  for (let links = 0; left.length > 0; ) {
    const step = left.shift()!
    if (step === '..') {
      at = dirname(at)
      continue
    }
    const here = join(at, step)
    if (left.length === 0 && openFile.test(here)) {
      throw new DestinationError(
        `${path} is what a process has open, not a file; write to it with stream() and a pipeline`,
        { path },
      )
    }
    const link = linkAt(here)
    if (link === undefined) {
      at = here
      continue
    }
    if (++links > mostLinks) throw new DestinationError(`${path} is a circle of symbolic links`, { path })
    if (left.length === 0 && namesDirectory(link)) {
      throw new DestinationError(`${path} leads to ${link}, which names a directory; name a file in it`, {
        path,
      })
    }
    at = parse(link).root || at
    left.unshift(...stepsOf(link))
  }
  return at
}

/** Undefined for what is no link, or can't be looked at: then what opens it says why. */
function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}

function stepsOf(path: string): string[] {
  const steps = path.slice(parse(path).root.length).split(sep === '/' ? '/' : /[\\/]/)
  return steps.filter((step) => step !== '' && step !== '.')
}
