// A client that connects again whenever the connection is lost.

import { type Client, createClient } from '@trunkline/client'

/** The router of ORDERS_URL, or that of trunkline.yaml. */
export function connectTo(): Client {
  const url = process.env['ORDERS_URL'] ?? 'ws://127.0.0.1:8080/ws'
  return createClient({ url, realm: 'shop', backoff: { initialMs: 100, maxMs: 2_000 }, onError: console.error })
}
