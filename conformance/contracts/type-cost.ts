// What the types of a contract cost a compiler: instantiations of the types of 500 procedures, which do not depend on the machine.

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PROCEDURES = 500
const IN_A_GROUP = 25

interface Kind {
  readonly imports: string
  readonly input: (i: number) => string
  readonly output: (i: number) => string
  /** The most instantiations of each program. */
  readonly budgets: Readonly<Record<Program, number>>
}
/** A program with one call, one that calls each procedure, and one that implements each as well. */
type Program = 'one' | 'client' | 'service'

const ZOD: Kind = {
  imports: `import { z } from 'zod'\nimport { procedure } from '@trunkline/contract'`,
  input: (i) =>
    `z.object({ id: z.number(), name${i}: z.string(), tags: z.array(z.string()).optional(), at: z.object({ lat: z.number(), lon: z.number() }) })`,
  output: (i) =>
    `z.object({ id: z.number(), value${i}: z.string(), list: z.array(z.object({ key: z.string(), n: z.number() })), next: z.string().nullable() })`,
  budgets: { one: 750_000, client: 1_250_000, service: 2_000_000 },
}
const PLAIN: Kind = {
  imports: `import { procedure, type } from '@trunkline/contract'`,
  input: (i) => `type<{ id: number; name${i}: string; tags?: string[] | undefined; at: { lat: number; lon: number } }>()`,
  output: (i) => `type<{ id: number; value${i}: string; list: { key: string; n: number }[]; next: string | null }>()`,
  budgets: { one: 60_000, client: 180_000, service: 450_000 },
}

const groups = Array.from({ length: PROCEDURES / IN_A_GROUP }, (_, group) => ({
  name: `g${group}`,
  ids: Array.from({ length: IN_A_GROUP }, (__, i) => group * IN_A_GROUP + i),
}))
const names = groups.map(({ name }) => name).join(', ')
// A client's `use` and `implement`, without its sources.
const HEAD = `import type { Implement, Use } from '@trunkline/contract'\nimport { all } from './contract.ts'\ndeclare const client: { use: Use; implement: Implement }\n`

const called = (group: string, i: number): string =>
  `{ const r = await api.${group}.p${i}({ id: ${i}, name${i}: 'x', at: { lat: 1, lon: 2 } }); r.value${i} satisfies string; r.list[0]?.n satisfies number | undefined }`
const handled = (i: number): string =>
  `p${i}: (input) => ({ id: input.id, value${i}: input.name${i}, list: [{ key: 'a', n: 1 }], next: null }),`

function filesOf({ imports, input, output }: Kind): Record<string, string> {
  const parts = groups.map(({ name, ids }) => [
    `${name}.ts`,
    `${imports}\nexport const ${name} = {\n${ids.map((i) => `p${i}: procedure({ kwargs: ${input(i)}, result: ${output(i)} }),`).join('\n')}\n}\n`,
  ])
  const calls = groups.flatMap(({ name, ids }) => ids.map((i) => called(name, i))).join('\n')
  const handlers = groups.map(({ name, ids }) => `${name}: {\n${ids.map(handled).join('\n')}\n},`).join('\n')
  return {
    ...(Object.fromEntries(parts) as Record<string, string>),
    'contract.ts': `import { contract } from '@trunkline/contract'\n${groups.map(({ name }) => `import { ${name} } from './${name}.ts'`).join('\n')}\nexport const all = contract('com.example', { ${names} })\n`,
    'one.ts': `${HEAD}const api = client.use(all)\n${called('g0', 0)}\n`,
    'client.ts': `${HEAD}const api = client.use(all)\n${calls}\n`,
    'service.ts': `import './client.ts'\n${HEAD}client.implement(all, {\n${handlers}\n})\n`,
  }
}

/** Compiles a program; the instantiations that it took. @throws when it does not compile */
function instantiations(folder: string, program: Program): number {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const config = {
    extends: join(ROOT, 'tsconfig.test.json'),
    compilerOptions: { types: [], noUnusedLocals: false },
    include: [],
    files: [`${program}.ts`],
  }
  writeFileSync(join(folder, `tsconfig.${program}.json`), JSON.stringify(config))
  const output = execFileSync(process.execPath, [tsc, '-p', `tsconfig.${program}.json`, '--extendedDiagnostics'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1])
}

/** One line for each program, with its budget. */
export function typeCost(): { readonly what: string; readonly taken: number; readonly budget: number }[] {
  return Object.entries({ zod: ZOD, plain: PLAIN }).flatMap(([name, kind]) => {
    const folder = join(ROOT, '.cache', 'type-cost', name)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const [file, text] of Object.entries(filesOf(kind))) writeFileSync(join(folder, file), text)
    return (Object.keys(kind.budgets) as Program[]).map((program) => {
      const what = `types of ${PROCEDURES} procedures, ${name}, ${program}`
      return { what, taken: instantiations(folder, program), budget: kind.budgets[program] }
    })
  })
}
