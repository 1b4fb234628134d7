import { type Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from 'undici'
import type { TlsOptions } from '../options.ts'
import { connector } from './connector.ts'

/** Where the way to a server leads, and how. */
export interface Route {
  readonly origin: string
  /** A proxy's URL, what the environment says, or none. */
  readonly proxy: string | undefined
  readonly tls: TlsOptions
  readonly connectMs: number
  readonly keepAliveMs: number
}

/** A dispatcher that has at most so many connections, or as many as it likes. */
export function dispatcherFor(
  { origin, proxy, tls, connectMs, keepAliveMs }: Route,
  connections: number | null,
): Dispatcher {
  const options = { connections, keepAliveTimeout: keepAliveMs }
  const direct = { ...options, connect: connector(tls, connectMs) }
  if (proxy === undefined) return new Pool(origin, direct)
  const behind = {
    ...direct,
    requestTls: { ...tls, timeout: connectMs },
    proxyTls: { timeout: connectMs },
    // A tunnel is for what the proxy is not to read: many refuse one to a port of HTTP.
    proxyTunnel: origin.startsWith('https:'),
  } as const
  return proxy === 'env' ? new EnvHttpProxyAgent(behind) : new ProxyAgent({ ...behind, uri: proxy })
}
