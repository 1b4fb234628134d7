/** The org unit that a path ends in: `/ImspTQPwCqd/O6uvpzGd5pu` in `O6uvpzGd5pu`. */
export function idOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
