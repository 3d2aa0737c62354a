// What the router that served the page says of itself, at about.json beside the page.

import type { About } from '../../dashboard-about.ts'

export async function readAbout(): Promise<About> {
  const response = await fetch('about.json')
  if (!response.ok) throw new Error(`about.json: HTTP status ${response.status}`)
  return (await response.json()) as About
}

/** The URL of the WebSocket, for a page at a URL. */
export function socketUrl({ socket }: About, page: string): string {
  const url = new URL(socket, page)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}
