#!/usr/bin/env node
// Prepares a release: `npm run release -- 0.2.0` gives all packages the version, which they share, dates the list of changes, writes
// the reference, and commits and tags that. Publishes nothing: `git push --follow-tags` makes .github/workflows/release.yml do it.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const HELP = `Usage: npm run release -- VERSION

Sets the version of all packages, dates the changes in CHANGELOG.md, commits and tags. Needs a clean tree and changes under "Unreleased".
`
const UNRELEASED = '\n## Unreleased\n'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } })
const [version = ''] = positionals
if (values.help) console.log(HELP)
else {
  const fault = faultOf(version)
  if (fault === undefined) release(version)
  else {
    console.error(`error: ${fault}\n\n${HELP}`)
    process.exitCode = 2
  }
}

/** @param {string} wanted @returns {string | undefined} why it cannot be released */
function faultOf(wanted) {
  if (positionals.length !== 1) return 'expected one version'
  if (!/^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/.test(wanted)) return `'${wanted}' is no version such as 0.2.0 or 1.0.0-rc.1`
  if (wanted === currentVersion()) return `${wanted} is the version already`
  if (git('status', '--porcelain') !== '') return 'the tree is not clean'
  if (git('tag', '--list', `v${wanted}`) !== '') return `there is a tag v${wanted} already`
  if (unreleased() === '') return 'CHANGELOG.md has no changes under "Unreleased"'
  return undefined
}

/** @param {string} wanted */
function release(wanted) {
  const current = currentVersion()
  for (const file of manifests()) writeFileSync(file, withVersion(readFileSync(file, 'utf8'), current, wanted))
  const date = new Date().toISOString().slice(0, 10)
  const changes = readFileSync('CHANGELOG.md', 'utf8')
  writeFileSync('CHANGELOG.md', changes.replace(UNRELEASED, `${UNRELEASED}\n## ${wanted}, ${date}\n`))
  execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: 'inherit' })
  // The files for pages carry their version, and the documents their hashes.
  execFileSync('npm', ['run', '--silent', 'reference'], { stdio: 'inherit' })
  git('commit', '--all', '--message', `Release ${wanted}`)
  git('tag', '--annotate', `v${wanted}`, '--message', unreleased(wanted))
  console.log(`tagged v${wanted}; publish it by: git push --follow-tags`)
}

/** The manifests of the repository and of its workspaces. @returns {string[]} */
function manifests() {
  const { workspaces } = JSON.parse(readFileSync('package.json', 'utf8'))
  return ['package.json', ...workspaces.map((/** @type {string} */ folder) => `${folder}/package.json`)]
}

function currentVersion() {
  return JSON.parse(readFileSync('package.json', 'utf8')).version
}

/** A manifest with another version of itself and of the packages of the repository that it needs. @param {string} text @param {string} from @param {string} to */
function withVersion(text, from, to) {
  const own = /("(?:version|trunkline|@trunkline\/[a-z]+)": ?)"([^"]*)"/g
  return text.replace(own, (whole, key, version) => (version === from ? `${key}"${to}"` : whole))
}

/** The changes of a version, by default of the next. */
function unreleased(heading = 'Unreleased') {
  const [, after = ''] = readFileSync('CHANGELOG.md', 'utf8').split(heading === 'Unreleased' ? UNRELEASED : `\n## ${heading}, `)
  return (after.split('\n## ')[0] ?? '').trim()
}

/** @param {string[]} words @returns {string} what git printed */
function git(...words) {
  return execFileSync('git', words, { encoding: 'utf8' }).trim()
}
