// The site of a network of IPv6. Every room of the router may import it.

/** The first 48 bits of a network of IPv6: what a site gets. Who has one network often has 65,536. */
const SITE = /^(.*):[^:]*::\/64$/

/** @param network as `networkOf` names it, or an owner by that name; everything else has no site */
export function siteOf(network: string | object | undefined): string | undefined {
  return typeof network === 'string' && network.includes(':') ? SITE.exec(network)?.[1] : undefined
}
