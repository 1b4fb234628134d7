/** What a file is called that nobody named: `analytics`, `events-query-eBAyeGv0exc`. */
export function nameOfAnswer(endpoint: string): string {
  const path = endpoint.replace(/^\/api\/(\d+\/)?/, '').replace(/\.[\w+]+$/, '')
  return path.replace(/^analytics\//, '').replaceAll('/', '-')
}
