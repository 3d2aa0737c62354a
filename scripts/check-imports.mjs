#!/usr/bin/env node
// Holds the dependency rule: each source file is in a room of rooms.mjs and imports only what its room may import. Refuses
// cycles, imports that bypass a package's entry points, undeclared packages, and impure calls in pure rooms. Never changes a file.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PAST_THE_DOOR, RECORDS, ROOMS } from './rooms.mjs'
import { blankLiterals, importsOf } from './source-text.mjs'

const IMPURE = new RegExp(
  `(?<![\\w$.#])(?:${[
    'Date\\.now',
    'new Date\\b(?!\\(\\s*[^\\s)])', // with a given time, Date only computes
    '(?<!new )Date\\(',
    'Math\\.random',
    'performance\\.|process[.[]|console\\.|crypto\\.|import\\.meta|fetch\\(',
    '(?:setTimeout|setInterval|setImmediate|queueMicrotask|Buffer|globalThis|Promise|async|await)\\b',
  ].join('|')})`,
)
const TEXT_CLASSES = /(?<![\w$.#])Text(?:En|De)coder\b/
/** The port for text and the declaration of its two classes: the only places of the pure rooms that may name them. */
const TEXT_PORT = ['packages/protocol/src/text.ts', 'packages/protocol/src/ambient.d.ts']
const SOURCE = /\.(?:ts|tsx|mts|mjs|js)$/
const TEST = /\.test\.ts$/
const SKIPPED = new Set(['node_modules', 'dist', 'coverage'])

/** @typedef {{ name?: string, exports?: object, imports?: object, workspaces?: string[] } & Record<string, unknown>} Manifest */
/** @typedef {{ dir: string, manifest: Manifest }} Package */

/**
 * Checks a whole tree.
 * @param {string} root the folder of the repository
 * @returns {string[]} one sentence for each fault, files in alphabetical order
 */
export function checkImports(root) {
  const tree = { root, packages: packagesOf(root) }
  /** @type {Map<string, string[]>} */
  const graph = new Map()
  const problems = []
  for (const file of sourcesOf(root)) {
    const text = readFileSync(join(root, file), 'utf8')
    const code = blankLiterals(text)
    const imports = importsOf(text, code)
    graph.set(
      file,
      imports.flatMap((specifier) => filesBehind(tree, file, specifier).filter((target) => !isRecordType(text, file, specifier, target))),
    )
    problems.push(...faultsOf(tree, file, imports), ...impurities(file, code))
  }
  for (const cycle of cyclesOf(graph)) problems.push(`cycle: ${cycle.join(' -> ')}`)
  return problems
}

/** Whether a record refers to another only by its type. @param {string} text @param {string} file @param {string} specifier @param {string} target */
function isRecordType(text, file, specifier, target) {
  if (!RECORDS.includes(file) || !RECORDS.includes(target)) return false
  return text.split('\n').every((line) => !line.endsWith(`from '${specifier}'`) || line.startsWith('import type '))
}

/** @param {{ root: string, packages: Package[] }} tree @param {string} file @param {string[]} imports */
function faultsOf(tree, file, imports) {
  const room = roomOf(file)
  if (room === undefined) return [`${file}: lies in no room; add one to scripts/rooms.mjs`]
  return imports.flatMap((specifier) => {
    const fault = faultOf(tree, file, room, specifier)
    return fault === undefined ? [] : [`${file}: imports '${specifier}': ${fault}`]
  })
}

/**
 * Why a file may not import a specifier; undefined when it may.
 * @param {{ root: string, packages: Package[] }} tree @param {string} file @param {string} room @param {string} specifier
 */
function faultOf(tree, file, room, specifier) {
  const own = packageOf(tree, file)
  if (specifier.startsWith('.') || specifier.startsWith('#')) {
    const targets = filesBehind(tree, file, specifier)
    if (targets.length === 0 && specifier.startsWith('#')) return `${own.dir}/package.json has no such entry in "imports"`
    return firstOf(targets, (target) => pathFault(tree, file, room, target))
  }
  if (specifier.startsWith('node:')) return mayUse(file, room, 'node:*') ? undefined : `${room} may not use Node`
  if (isBuiltin(specifier)) return `write it as 'node:${specifier}'`
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const ours = tree.packages.find((each) => each.manifest.name === name)
  if (ours !== undefined && !hasDoor(ours.manifest, specifier)) return `${name} does not export that; import its door`
  if (!mayUse(file, room, ours === undefined ? 'pkg:*' : name) && !mayUse(file, room, `pkg:${name}`))
    return `${room} may not import ${name}`
  return isDeclared(tree, file, room, name) ? undefined : `${name} is not declared in ${own.dir === '' ? '' : `${own.dir}/`}package.json`
}

/** @param {{ root: string, packages: Package[] }} tree @param {string} file @param {string} room @param {string} target */
function pathFault(tree, file, room, target) {
  const passes = Object.entries(PAST_THE_DOOR).filter(([from]) => isWithin(file, from))
  if (passes.some(([, folders]) => folders.some((folder) => isWithin(target, folder)))) return undefined
  const [own, other] = [packageOf(tree, file), packageOf(tree, target)]
  if (own !== other) return `reaches into ${other.dir === '' ? 'the root' : other.dir}; import its door`
  const otherRoom = roomOf(target)
  if (otherRoom === room || TEST.test(file) || (otherRoom !== undefined && ROOMS[room]?.may.includes(otherRoom))) return undefined
  return `${room} may not know ${otherRoom ?? target}`
}

/** Tests may use what their package and the root declare. @param {string} file @param {string} room @param {string} what */
function mayUse(file, room, what) {
  return TEST.test(file) || (ROOMS[room]?.may.includes(what) ?? false)
}

/** @param {{ root: string, packages: Package[] }} tree @param {string} file @param {string} room @param {string} name */
function isDeclared(tree, file, room, name) {
  const own = packageOf(tree, file)
  const isTool = TEST.test(file) || ROOMS[room]?.isTool === true
  const manifests = isTool
    ? [own.manifest, ...tree.packages.filter((each) => each.dir === '').map((each) => each.manifest)]
    : [own.manifest]
  const isInside = isTool || ROOMS[room]?.isBundled === true
  const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', ...(isInside ? ['devDependencies'] : [])]
  if (isTool && tree.packages.some((each) => each.manifest.name === name)) return true
  return own.manifest.name === name || manifests.some((manifest) => kinds.some((kind) => name in Object(manifest[kind])))
}

/** @param {Manifest} manifest @param {string} specifier */
function hasDoor(manifest, specifier) {
  const path = `.${specifier.slice((manifest.name ?? '').length)}`
  return path in (manifest.exports ?? {})
}

/**
 * The files of the repository that a relative or `#` specifier can mean, whatever the conditions.
 * @param {{ root: string, packages: Package[] }} tree @param {string} file @param {string} specifier
 */
function filesBehind(tree, file, specifier) {
  if (specifier.startsWith('.')) return [posix.join(posix.dirname(file), specifier)]
  if (!specifier.startsWith('#')) return []
  const own = packageOf(tree, file)
  const targets = stringsIn(Object(own.manifest.imports)[specifier]).filter((target) => target.startsWith('./src/'))
  return targets.map((target) => posix.join(own.dir, target))
}

/** @param {unknown} value @returns {string[]} */
function stringsIn(value) {
  return typeof value === 'string' ? [value] : Object.values(Object(value)).flatMap(stringsIn)
}

/** @param {string} file @param {string} code */
function impurities(file, code) {
  const room = ROOMS[roomOf(file) ?? '']
  if (room?.isPure !== true || TEST.test(file)) return []
  const hits = [IMPURE.exec(code), TEXT_PORT.includes(file) ? null : TEXT_CLASSES.exec(code)]
  return hits.flatMap((hit) => {
    if (hit === null) return []
    const line = code.slice(0, hit.index).split('\n').length
    return [`${file}:${line}: '${hit[0].replace(/[.([]$/, '')}' in a pure room; take it from a port`]
  })
}

/** @param {string} file */
function roomOf(file) {
  return longest(Object.keys(ROOMS).filter((room) => isWithin(file, room)))
}

/** The package whose folder holds a file; the root's folder is ''. @param {{ packages: Package[] }} tree @param {string} file */
function packageOf(tree, file) {
  const dir = longest(tree.packages.map((each) => each.dir).filter((each) => each === '' || isWithin(file, each)))
  const found = tree.packages.find((each) => each.dir === dir)
  if (found === undefined) throw new Error(`${file} lies in no package`)
  return found
}

/** The root, its workspaces, and what is installed apart from them. @param {string} root @returns {Package[]} */
function packagesOf(root) {
  const manifest = readManifest(root, '')
  const dirs = new Set([...(manifest.workspaces ?? []), ...packagesIn(root, 'conformance')])
  return [{ dir: '', manifest }, ...[...dirs].map((dir) => ({ dir, manifest: readManifest(root, dir) }))]
}

/** @param {string} root @param {string} dir @returns {string[]} */
function packagesIn(root, dir) {
  return filesIn(root, dir, /^package\.json$/).map((file) => posix.dirname(file))
}

/** @param {string} root @param {string} dir @returns {Manifest} */
function readManifest(root, dir) {
  return JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'))
}

/** @param {string} root */
function sourcesOf(root) {
  const packages = existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`) : []
  return [...packages, 'conformance', 'bench', 'examples', 'scripts'].flatMap((dir) => filesIn(root, dir)).toSorted()
}

/** @param {string} root @param {string} dir @param {RegExp} name @returns {string[]} */
function filesIn(root, dir, name = SOURCE) {
  if (!existsSync(join(root, dir))) return []
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return []
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) return filesIn(root, path, name)
    return name.test(entry.name) ? [path] : []
  })
}

/** Each cycle once, as the files on its way and the first again. @param {Map<string, string[]>} graph */
function cyclesOf(graph) {
  /** @type {string[][]} */
  const cycles = []
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map()
  /** @type {string[]} */
  const path = []
  /** @param {string} file */
  const visit = (file) => {
    state.set(file, 'open')
    path.push(file)
    for (const next of new Set(graph.get(file))) {
      if (state.get(next) === 'open') cycles.push([...path.slice(path.indexOf(next)), next])
      else if (graph.has(next) && !state.has(next)) visit(next)
    }
    path.pop()
    state.set(file, 'done')
  }
  for (const file of graph.keys()) if (!state.has(file)) visit(file)
  return cycles
}

/** @param {string} path @param {string} folder a folder or the file itself */
function isWithin(path, folder) {
  return path === folder || path.startsWith(`${folder}/`)
}

/** @param {string[]} names @returns {string | undefined} */
function longest(names) {
  return names.toSorted((a, b) => b.length - a.length)[0]
}

/** @template T @param {T[]} items @param {(item: T) => string | undefined} ask */
function firstOf(items, ask) {
  for (const item of items) {
    const answer = ask(item)
    if (answer !== undefined) return answer
  }
  return undefined
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const problems = checkImports(resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..')))
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
