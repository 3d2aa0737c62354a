// What the pages of this suite show of themselves: the client and the worker of the guide, and what they hear.

import type { Client, SharedConnection } from '@trunkline/client'

/** What a page has under `tab`. */
export interface Tab {
  readonly client: Client
  readonly shared: SharedConnection
  readonly heard: unknown[]
  /** How invocations of this tab, and calls, ended. */
  readonly ended: string[]
}

declare global {
  var tab: Tab
}

/** Declares what each tab has, under its name. */
export function startTab(name: string, client: Client, shared: SharedConnection): void {
  const heard: unknown[] = []
  const ended: string[] = []
  client.subscribe('com.example.news', ({ args }) => heard.push(args[0]))
  client.register(`com.example.tab.${name}`, () => name)
  client.register(`com.example.slow.${name}`, ({ signal }) => {
    heard.push('called')
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        ended.push('cancelled')
        reject(signal.reason as Error)
      })
    })
  })
  globalThis.tab = { client, shared, heard, ended }
}
