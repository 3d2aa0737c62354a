// Refuses options of the way to a router that Node would take for something else, or not at all.

import { validateHeaderName, validateHeaderValue } from 'node:http'
import { UsageError } from '@trunkline/protocol'
import type { WayOptions } from './way.ts'

const TLS_NAMES = ['ca', 'rejectUnauthorized', 'cert', 'key']

/** @throws {UsageError} */
export function checkWay({ tls, headers, httpAgent }: WayOptions): void {
  for (const name of Object.keys(tls ?? {}))
    if (!TLS_NAMES.includes(name)) throw new UsageError(`tls: unknown option '${name}'; expected ${TLS_NAMES.join(', ')}`)
  if (typeof (tls?.rejectUnauthorized ?? true) !== 'boolean') throw new UsageError('rejectUnauthorized: expected boolean')
  if (httpAgent && !('addRequest' in httpAgent)) throw new UsageError('httpAgent: expected an Agent of node:http or node:https')
  for (const [name, value] of Object.entries(headers ?? {})) checkHeader(name, value)
}

function checkHeader(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new UsageError(`headers['${name}']: expected string`)
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch (error) {
    throw new UsageError(`headers: '${name}' or its value is not allowed in HTTP`, 'TL_USAGE', { cause: error })
  }
}
