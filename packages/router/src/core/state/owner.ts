// The owner: the user or network whose share something counts to. Never looks at a connection.

import type { Session } from './session.ts'

/**
 * The owner of what a session uses: its user, by the realm that knows it, since in another realm the name may be that of another
 * person; without a login the network that it comes from, since such a session may choose any name. Local sessions without either
 * share one owner.
 */
export function ownerOf({ identity, transport, realm }: Pick<Session, 'identity' | 'transport' | 'realm'>): string {
  if (identity.authmethod !== 'anonymous') return `user ${identity.loginRealm ?? realm} ${identity.authid}`
  return transport.address === undefined ? 'anonymous' : `network ${networkOf(transport.address)}`
}

/** The owner of what a session of another node does, as far as that is known here. */
export function ownerElsewhere({ authid }: Session['identity']): string {
  return `elsewhere ${authid}`
}

/** The owner whose share a session uses; none where the program that runs the router gave the identity. */
export function shareOf(session: Session): string | undefined {
  return session.transport.identity === undefined ? ownerOf(session) : undefined
}

/** The IPv4 address itself, also when it is mapped into IPv6; the first 64 bits of an IPv6 address. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [text = ''] = address.toLowerCase().split('%')
  if (!text.includes(':')) return text
  if (text.startsWith('::ffff:') && text.includes('.')) return text.slice('::ffff:'.length)
  const [before = '', after] = text.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
