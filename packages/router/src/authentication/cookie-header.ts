// Reads the header `Cookie`. Checks no cookie.

/** The header without some cookies; undefined when nothing is left. */
export function withoutCookies(header: string | undefined, names: readonly string[]): string | undefined {
  const pairs = (header ?? '').split(';').filter((pair) => !names.includes(pair.split('=', 1)[0]?.trim() ?? ''))
  const left = pairs.join(';').trim()
  return left === '' ? undefined : left
}

/** The value of a cookie in the header `Cookie` (RFC 6265). */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at < 0 || pair.slice(0, at).trim() !== name) continue
    const value = pair.slice(at + 1).trim()
    const bare = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    return bare === '' ? undefined : bare
  }
  return undefined
}
