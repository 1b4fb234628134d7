/** 1,234 rows. */
export function rowsText(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`
}

/** 12 bytes, 3.4 kB, 1.2 MB, 5.6 GB. */
export function bytesText(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB']
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)))
  return at === 0 ? `${count} bytes` : `${(count / 1000 ** at).toFixed(1)} ${units[at]}`
}

/** 12 s, 3 min 4 s, 1 h 2 min. */
export function timeText(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
