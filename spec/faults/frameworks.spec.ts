import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import express, { type ErrorRequestHandler } from 'express'
import { fastify } from 'fastify'
import * as face from '../../lib/index.ts'
import { type AnalyticsQuery, Dhis2Client, isDhis2Error } from '../../lib/index.ts'
import { connected, question } from '../support/connected.ts'

type Ask = () => Promise<unknown>

/** Servers with a handler that lets an error escape, and, where `isOwn`, an error handler as in the README. */
const frameworks: Record<string, (t: TestContext, ask: Ask, isOwn: boolean) => Promise<string>> = {
  async Express(t, ask, isOwn) {
    const app = express().set('env', 'production')
    app.get('/', async (_, response) => response.json(await ask()))
    const answered: ErrorRequestHandler = (error, _, response, next) => {
      if (!isDhis2Error(error)) return next(error)
      response.status(502).json({ code: error.code })
    }
    if (isOwn) app.use(answered)
    const server = app.listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  },
  async Fastify(t, ask, isOwn) {
    const app = fastify()
    app.get('/', ask)
    if (isOwn) {
      app.setErrorHandler((error, _, reply) =>
        isDhis2Error(error) ? reply.code(502).send({ code: error.code }) : reply.send(error),
      )
    }
    t.after(() => app.close())
    return app.listen({ host: '127.0.0.1', port: 0 })
  },
}

/** What escapes from a handler, each from a client of a server that answers so. */
const refusals: [title: string, answer: object | undefined, code: string, query?: AnalyticsQuery][] = [
  ['409', { status: 409 }, 'ERR_DHIS2_API'],
  ['404', { status: 404, body: '<html>' }, 'ERR_DHIS2_API'],
  ['401', { status: 401, headers: { 'www-authenticate': 'Basic realm="DHIS2"' } }, 'ERR_AUTHENTICATION'],
  ['a redirect to a login page', { redirect: '/login/' }, 'ERR_AUTHENTICATION'],
  ['an error object under 200', { body: '{"httpStatusCode":409,"status":"ERROR"}' }, 'ERR_DHIS2_API'],
  ['half an answer', { truncateAfter: 20 }, 'ERR_TRUNCATED_RESPONSE'],
  ['a bad question', undefined, 'ERR_QUERY', { ...question, params: { format: 'csv' } }],
]

for (const [name, listening] of Object.entries(frameworks)) {
  describe(`what a browser gets of ${name}`, () => {
    for (const [title, answer, code, query = question] of refusals) {
      it(`is a 500 where ${title} escapes from a handler, and a 502 where a handler says so`, async (t) => {
        const { client, server } = await connected(t, {}, { retry: false })
        const ask = () => client.analytics.aggregate(query)
        for (const isOwn of [false, true]) {
          if (answer) server.misbehave(answer)
          const seen = await fetch(await listening(t, ask, isOwn))
          const page = await seen.text()
          assert.equal(seen.status, isOwn ? 502 : 500, page)
          assert.equal(seen.headers.get('www-authenticate'), null)
          if (!isOwn) continue
          assert.deepEqual(JSON.parse(page), { code })
        }
      })
    }

    it('is a 500 where the server is not there', async (t) => {
      const { server } = await connected(t)
      await server.close()
      await using gone = new Dhis2Client({ baseUrl: server.url, retry: false })
      const seen = await fetch(await listening(t, () => gone.analytics.aggregate(question), false))
      assert.equal(seen.status, 500)
    })
  })
}

describe('an error of this package', () => {
  /** What Express, Koa, Fastify, Nest, h3, Hono and Hapi make an answer of. */
  const read = [
    'status',
    'statusCode',
    'statusMessage',
    'headers',
    'expose',
    'getResponse',
    'output',
    'validation',
  ]

  const context = {
    httpStatus: 409,
    offset: 1,
    rowNumber: 1,
    unit: 'bytes',
    received: 1,
    phase: 'body',
    path: 'x',
  }
  for (const [name, exported] of Object.entries(face)) {
    if (typeof exported !== 'function' || !(exported.prototype instanceof face.Dhis2ClientError)) continue
    it(`has nothing that a web framework answers with: ${name}`, () => {
      const made = new (exported as unknown as new (...given: unknown[]) => Error)('no', context)
      assert.ok(isDhis2Error(made))
      assert.deepEqual(
        read.filter((property) => property in made),
        [],
      )
    })
  }
})
