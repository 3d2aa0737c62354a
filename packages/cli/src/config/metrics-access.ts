// Who may read the metrics of a listener. Checks only what the schema cannot say.

import type { MetricsAccess } from '@trunkline/router'
import type { ConfigReader } from './reader.ts'
import type { WebSocketDocument } from './schema.ts'

/** As a header can carry it. */
const TOKEN = /^[\x21-\x7E]{16,}$/

/** The access of a listener for metrics alone: who can connect may read them, where nothing else is said. */
export function readMetricsAccess(access: MetricsAccess, path: string, reader: ConfigReader): MetricsAccess {
  const { token } = access
  if (token !== undefined && !TOKEN.test(token)) {
    reader.report(`${path}.token`, 'expected at least 16 characters of ASCII, without spaces')
  }
  return access
}

/** The access of a listener that also serves clients: never open to all of them. */
export function readMetricsPage(page: NonNullable<WebSocketDocument['metrics']>, path: string, reader: ConfigReader): MetricsAccess {
  if (page.addresses === undefined && page.token === undefined) {
    reader.report(path, 'addresses or token is required: this listener also serves clients, who must not read the metrics')
  }
  return readMetricsAccess(page, path, reader)
}
