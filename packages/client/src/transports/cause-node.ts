// The reason of a failed connection in Node, as a text that is never empty, with a hint for common mistakes.

/** The cause of a failed connection to a URL. */
export function shownCause(cause: unknown, url: URL): string {
  const text = textOf(cause)
  return `${text}${hint(text, codeOf(cause), url)}`
}

/** The addresses of a host may fail for different reasons, which Node joins into an AggregateError without a text. */
function textOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return [...new Set(cause.errors.map(textOf))].join(', ')
  if (cause instanceof Error) return cause.message || codeOf(cause) || cause.name
  return cause === undefined ? 'the connection was closed' : String(cause)
}

function hint(text: string, code: string, { protocol, pathname }: URL): string {
  if (text.endsWith('response: 404'))
    return `: nothing is served at ${pathname}; the path of Trunkline is /ws unless its configuration says otherwise`
  if (code === 'ECONNREFUSED') return ': no program listens there; is the router running?'
  if (code === 'ECONNRESET' && protocol === 'ws:') return ': no WebSocket there; a port for RawSocket has a url that begins with rs://'
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return `: no TLS there; ${protocol.replace('s:', ':')}// goes without`
  if (UNTRUSTED.test(code)) return ' (trust its certificate by tls: { ca }; on the command line by --ca FILE)'
  return ''
}

/** The codes of a certificate whose issuer Node does not trust. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)/

function codeOf(cause: unknown): string {
  const { code } = (cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
