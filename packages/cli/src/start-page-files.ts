// The start page over HTTP: a few files from the build, held in memory, and the facts about this process.
// It serves only paths in the table.

import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The content of `/about.json`. */
export interface About {
  readonly version: string
  /** The addresses at which the router listens. */
  readonly listeners: readonly string[]
  /** The words that start the command here, for lines to copy. */
  readonly command: string
}

interface ServedFile {
  readonly type: string
  readonly body: Buffer
}

const FILES: readonly (readonly [path: string, file: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/start-page.js', 'start-page.js', 'text/javascript; charset=utf-8'],
  ['/start-page.css', 'start-page.css', 'text/css; charset=utf-8'],
  ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
]

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
}

export class StartPageFiles {
  readonly #files: ReadonlyMap<string, ServedFile>
  readonly #about: () => About

  /** @param folder the result of the build; `undefined` files mean that the build was not run */
  constructor(folder: URL, about: () => About) {
    this.#about = about
    this.#files = new Map(
      FILES.flatMap(([path, file, type]) => {
        const url = new URL(file, folder)
        return existsSync(url) ? [[path, { type, body: readFileSync(url) }] as const] : []
      }),
    )
  }

  /** Whether the build made the page. */
  get isBuilt(): boolean {
    return this.#files.size === FILES.length
  }

  /** Answers a request for one of the files; false when it is for something else. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const file = this.#find(new URL(request.url ?? '/', 'http://localhost').pathname)
    if (file === undefined) return false
    response.writeHead(200, { ...HEADERS, 'Content-Type': file.type, 'Content-Length': file.body.length })
    response.end(request.method === 'HEAD' ? undefined : file.body)
    return true
  }

  #find(path: string): ServedFile | undefined {
    if (path !== '/about.json') return this.isBuilt ? this.#files.get(path) : undefined
    return { type: 'application/json', body: Buffer.from(JSON.stringify(this.#about())) }
  }
}
