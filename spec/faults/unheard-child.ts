import { demoToken } from '../../examples/support/dhis2-server.ts'
import { basicAuth, Dhis2Client, personalAccessToken, toCsv } from '../../lib/index.ts'

/** Reads in a way that listens for no error: `<url> <way>`, with a wrong password. */
const [baseUrl = '', way = ''] = process.argv.slice(2)
const closes = way.endsWith('closed')
const auth = closes ? personalAccessToken(demoToken) : basicAuth('admin', 'wrong')
const client = new Dhis2Client({ baseUrl, auth, retry: false })
const query = { dx: 'a', pe: '2024', ou: 'b' }
const rows = way.startsWith('values')
  ? client.analytics.dataValues(query)
  : way.startsWith('view')
    ? client.sqlViews.rows('dI68mLkP1wN')
    : way.startsWith('list')
      ? client.analytics.events.query('IpHINAT79UW', { ou: 'ImspTQPwCqd' }).rows()
      : client.analytics.rows(query)
if (way.endsWith('data')) rows.on('data', () => undefined)
if (way.endsWith('pipe')) rows.pipe(toCsv()).pipe(process.stdout)
if (way.endsWith('unread')) await client.close()
if (closes) {
  rows.once('data', () => client.close())
  rows.on('close', () => console.log('closed'))
}
