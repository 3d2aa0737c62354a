// Checks that each link between the built pages leads to a page and an anchor that are there; exits 1 when one does not.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SITE = fileURLToPath(new URL('../.cache/site/', import.meta.url))

const pages = new Map(
  readdirSync(SITE, { recursive: true })
    .filter((file) => file.endsWith('.html'))
    .map((file) => [file, readFileSync(join(SITE, file), 'utf8')]),
)
const anchors = new Map([...pages].map(([file, html]) => [file, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]))

/** What is wrong with a link; undefined when it leads somewhere. */
function fault(file, link) {
  const [path, anchor] = link.split('#')
  const target = path === '' ? file : join(path.startsWith('/') ? '' : dirname(file), path).replace(/^\//, '')
  const ids = anchors.get(target) ?? anchors.get(join(target, 'index.html'))
  if (ids === undefined) return `${file}: ${link} is not there`
  if (anchor !== undefined && !ids.has(decodeURIComponent(anchor))) return `${file}: ${link} names no heading`
  return undefined
}

const faults = [...pages].flatMap(([file, html]) =>
  [...html.matchAll(/<a [^>]*?href="([^"]+)"/g)]
    .filter(([, link]) => !/^[a-z]+:/.test(link))
    .flatMap(([, link]) => fault(file, link) ?? []),
)
for (const line of new Set(faults)) console.error(line)
console.log(`${pages.size} pages, ${faults.length} links that lead nowhere`)
process.exitCode = faults.length === 0 ? 0 : 1
