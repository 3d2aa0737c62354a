// The dashboard over HTTP: the files of the build, held in memory, and what the page has to know of its router. It serves only paths
// in its table; who may see and change anything is for the rights of the admin API to say.

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { DashboardConfig } from './config/listeners.ts'
import type { About } from './dashboard-about.ts'
import type { OriginRule } from './origin-rule.ts'
import { isByOwnName } from './origin-rule.ts'
import type { FileFolder } from './package-files.ts'
import { packageFolder } from './package-files.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

const HEADERS: Readonly<Record<string, string>> = {
  // WebAssembly is for passwords stretched by Argon2; no text is ever run as a script.
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
  Vary: 'Accept-Encoding',
}

interface ServedFile {
  readonly type: string
  readonly body: Buffer
  readonly compressed: Buffer
  readonly tag: string
}

/** Where a page is served, and what it has to know. */
export interface DashboardPlace {
  /** From its slash on; the page is there, its files beside it. */
  readonly path: string
  readonly about: () => About
  /** Whether a request may learn that; any other gets 403. Absent: each. */
  readonly mayLearn?: ((request: IncomingMessage) => boolean) | undefined
}

export class DashboardFiles {
  readonly #folder: FileFolder
  #files: ReadonlyMap<string, ServedFile> | undefined

  /** @param folder the result of the build; without it nothing is served */
  constructor(folder: FileFolder = packageFolder('dist/dashboard/')) {
    this.#folder = folder
  }

  /** The handler of requests for a page: false when a request is for something else. */
  route({ path, about, mayLearn }: DashboardPlace): (request: IncomingMessage, response: ServerResponse) => boolean {
    const folder = path.endsWith('/') ? path : `${path}/`
    return (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      const [pathname = '/'] = (request.url ?? '/').split('?', 1)
      if (`${pathname}/` === folder) return redirected(response, folder)
      if (!pathname.startsWith(folder)) return false
      // Read and compressed with the first request.
      const files = (this.#files ??= readFiles(this.#folder))
      const name = pathname.slice(folder.length)
      if (name === 'about.json' && mayLearn?.(request) === false) return refused(response)
      const file = name === 'about.json' ? aboutFile(files, about) : files.get(name === '' ? 'index.html' : name)
      if (file === undefined) return false
      send(file, request, response)
      return true
    }
  }
}

/** The dashboard of a listener. @param rule whose pages may connect there: others learn nothing of it either */
export function dashboardAt({ path, socket, adminRealm }: DashboardConfig, rule: OriginRule): DashboardPlace {
  const about = (): About => ({ adminRealm, socket: relativePath(path, socket) })
  return { path, about, mayLearn: (request) => isByOwnName(request, rule) }
}

function readFiles(folder: FileFolder): ReadonlyMap<string, ServedFile> {
  const names = folder.names().filter((name) => extname(name) in TYPES)
  return new Map(names.map((name) => [name, served(folder.read(name), extname(name))]))
}

/** Nothing is served where nothing was built. */
function aboutFile(files: ReadonlyMap<string, ServedFile>, about: () => About): ServedFile | undefined {
  return files.size === 0 ? undefined : served(Buffer.from(JSON.stringify(about())), '.json')
}

/** A path relative to that of the page, since both may stand below a path of a proxy. */
function relativePath(from: string, to: string): string {
  // The page is at its path with a slash at the end.
  const depth = from.split('/').filter((part) => part !== '').length
  return `${'../'.repeat(depth)}${to.slice(1)}` || './'
}

function served(body: Buffer, extension: string): ServedFile {
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { type: TYPES[extension] ?? '', body, compressed: gzipSync(body), tag }
}

function refused(response: ServerResponse): true {
  response
    .writeHead(403, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' })
    .end('this Host is not known: name it in `hosts` of the listener\n')
  return true
}

function redirected(response: ServerResponse, folder: string): true {
  // Relative, since a proxy may have removed what is before it.
  response.writeHead(308, { ...HEADERS, Location: `./${folder.split('/').at(-2) ?? ''}/` }).end()
  return true
}

function send({ type, body, compressed, tag }: ServedFile, request: IncomingMessage, response: ServerResponse): void {
  const headers = { ...HEADERS, ETag: tag }
  if (request.headers['if-none-match'] === tag) return void response.writeHead(304, headers).end()
  const isCompressed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const octets = isCompressed ? compressed : body
  const encoding = isCompressed ? { 'Content-Encoding': 'gzip' } : {}
  response.writeHead(200, { ...headers, ...encoding, 'Content-Type': type, 'Content-Length': octets.length })
  if (request.method === 'HEAD') return void response.end()
  // A client that does not read is ended; its octets have not been encrypted all at once for it.
  response.setTimeout(MOST_PAUSE_MS, () => response.destroy())
  pipeline(Readable.from(pieces(octets)), response, () => undefined)
}

function* pieces(octets: Buffer): Generator<Buffer> {
  for (let from = 0; from < octets.length; from += PIECE) yield octets.subarray(from, from + PIECE)
}

const PIECE = 16_384
const MOST_PAUSE_MS = 30_000
