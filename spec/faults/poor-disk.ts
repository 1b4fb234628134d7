import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/**
 * A disk that no test machine has, to be imported before all else: `POOR_DISK='<call> <code> <times>'` is what a call of
 * the system fails with, and how often.
 */
const [call = '', code, times] = process.env['POOR_DISK']!.split(' ')
const calls = fs as unknown as Record<string, (...given: unknown[]) => unknown>
const real = calls[call]!
let left = Number(times)
calls[call] = (...given) => {
  // The loader of this file has files of its own.
  const isOurs = typeof given[0] === 'number' || /\.partial$|made$/.test(String(given[0]))
  if (!isOurs || left === 0) return real(...given)
  left -= 1
  const error = Object.assign(new Error(`${code}: the disk is poor, ${call}`), { code })
  const done = given.at(-1)
  if (typeof done !== 'function') throw error
  setImmediate(() => done(error))
  return undefined
}
syncBuiltinESMExports()
