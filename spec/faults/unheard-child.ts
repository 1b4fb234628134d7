import { basicAuth, Dhis2Client, toCsv } from '../../lib/index.ts'

/** Reads in a way that listens for no error: `<url> <way>`, with a wrong password. */
const [baseUrl = '', way = ''] = process.argv.slice(2)
const client = new Dhis2Client({ baseUrl, auth: basicAuth('admin', 'wrong'), retry: false })
const query = { dx: 'a', pe: '2024', ou: 'b' }
const rows = way.startsWith('values')
  ? client.analytics.dataValues(query)
  : way.startsWith('view')
    ? client.sqlViews.rows('dI68mLkP1wN')
    : way.startsWith('list')
      ? client.analytics.events.query('IpHINAT79UW', { ou: 'b' }).rows()
      : client.analytics.rows(query)
if (way.endsWith('data')) rows.on('data', () => undefined)
if (way.endsWith('pipe')) rows.pipe(toCsv()).pipe(process.stdout)
if (way.endsWith('unread')) await client.close()
