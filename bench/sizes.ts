// `npm run bench:sizes`: what this client and others take in a page, minified and compressed, for the same work: connect,
// call, publish, subscribe, with JSON. `-- client` and `-- session` say what each file of ours adds to that: how much shorter the
// bundle is without its text. What several files share costs none of them, so the sum is less than the whole.

import { builtinModules } from 'node:module'
import { gzipSync } from 'node:zlib'
import { browserBundle } from '@trunkline/testkit/browser-bundle'
import { build, transform } from 'esbuild'

const DOORS: Readonly<Record<string, string>> = {
  client: `import { createClient } from '@trunkline/client'; createClient()`,
  session: `import { openSession } from '@trunkline/client/session'; openSession()`,
}

/** Classes and functions keep all of their methods, so a program that names them has what does the work. */
const OTHERS: Readonly<Record<string, string>> = {
  ...DOORS,
  'client and contract': `
    import { createClient } from '@trunkline/client'; import { contract, procedure, settle, topic, type } from '@trunkline/contract'
    console.log(createClient, contract, procedure, settle, topic, type)`,
  'autobahn-js': `import autobahn from 'autobahn'; console.log(autobahn.Connection)`,
  'wampy.js': `import { Wampy } from 'wampy'; console.log(Wampy)`,
  'nats.js': `import { wsconnect } from '@nats-io/nats-core'; console.log(wsconnect)`,
  tRPC: `import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'; console.log(createTRPCClient, createWSClient, wsLink)`,
}

const door = DOORS[process.argv[2] ?? '']
if (door === undefined) await compare()
else await explain(door)

async function compare(): Promise<void> {
  console.log(
    '| what                | octets  | needs of Node                |\n|---------------------|---------|------------------------------|',
  )
  for (const [name, code] of Object.entries(OTHERS)) {
    // What a bundle imports of Node, a page needs in place of it: that comes on top.
    const { octets, imports } = await browserBundle(code, import.meta.url, [...builtinModules])
    console.log(`| ${name.padEnd(19)} | ${String(octets).padEnd(7)} | ${[...new Set(imports)].join(', ').padEnd(28)} |`)
  }
}

async function explain(code: string): Promise<void> {
  const files = await filesOf(code)
  const whole = octetsOf(files)
  const added = files.map((file) => ({ name: file.name, octets: whole - octetsOf(files.filter((other) => other !== file)) }))
  for (const { name, octets } of added.toSorted((a, b) => b.octets - a.octets)) console.log(String(octets).padStart(6), name)
}

interface File {
  readonly name: string
  readonly code: string
}

/** The files of a bundle, minified: esbuild names each in a comment as long as white space stays. */
async function filesOf(contents: string): Promise<File[]> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser', 'trunkline-source'],
    write: false,
  })
  const parts = outputFiles[0]?.text.split(/^\/\/ (?=\S+\.ts$)/m).slice(1) ?? []
  return Promise.all(
    parts.map(async (part) => {
      const [name = '', ...lines] = part.split('\n')
      const { code } = await transform(lines.join('\n'), { minifyWhitespace: true, format: 'esm' })
      return { name, code: code.trim() }
    }),
  )
}

function octetsOf(files: readonly File[]): number {
  return gzipSync(files.map(({ code }) => code).join(''), { level: 9 }).length
}
