// Which hosts are this machine only.

import { isIP } from 'node:net'

/** Whether a name or an address, without brackets, is that of this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
