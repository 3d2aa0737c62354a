// Makes the reference pages in docs/reference from the tables in @trunkline/protocol and of the metrics, the schema of the
// configuration, the contract of the admin API, and the files of the client for pages; and that schema for editors, and the file of
// that contract.
// Usage: node --import tsx --conditions=trunkline-source scripts/reference.mjs [--check]
// With --check writes nothing and exits 1 when a page is stale.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ANSWERS, MESSAGES, OWN_NAMES } from '@trunkline/protocol'
import { configJsonSchema } from '../packages/cli/src/config/json-schema.ts'
import { builtText } from '../packages/cli/src/contract/built-text.ts'
import { markdownPage } from '../packages/cli/src/contract/markdown-page.ts'
import { configReferencePage, contractReferencePage } from '../packages/cli/src/config/reference-page.ts'
import { metricsReferencePage } from '../packages/cli/src/metrics/metrics-page.ts'
import { browserFilesPage } from './browser-files-page.mjs'

const FOLDER = fileURLToPath(new URL('../docs/reference/', import.meta.url))
const NOTE = '<!-- Made by `npm run reference`; do not edit. -->\n'

const KINDS = {
  bool: 'bool',
  integer: 'non-negative integer',
  id: 'id',
  string: 'string',
  dict: 'dict',
  any: 'any',
  ids: 'list of ids',
  strings: 'list of strings',
  dicts: 'list of dicts',
}

const ADMIN = await builtText(fileURLToPath(new URL('../packages/cli/src/admin/admin-contract.ts', import.meta.url)), 'adminApi')

/** All pages: file name, from docs/reference on, to text. */
const pages = {
  'messages.md': messagesPage(),
  'own-names.md': ownNamesPage(),
  'configuration.md': `${NOTE}${configReferencePage()}`,
  'contract-file.md': `${NOTE}${contractReferencePage()}`,
  'metrics.md': `${NOTE}${metricsReferencePage()}`,
  'admin-api.md': `${NOTE}${markdownPage(ADMIN.contract)}`,
  '../../packages/cli/admin.contract.json': ADMIN.text,
  '../../packages/cli/config.schema.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
}

function messagesPage() {
  const lines = [
    `${NOTE}# Messages`,
    '',
    'Each message as a list, who may send it, what answers it (ERROR not named), and its predefined options or details.',
    '',
  ]
  for (const row of MESSAGES) {
    const fields = row.fields.map(({ name, type }, i) =>
      i >= row.fields.length - row.optionalFields ? `(${name}:${type})` : `${name}:${type}`,
    )
    const payload = row.hasPayload ? ', (Arguments:list), (ArgumentsKw:dict)' : ''
    lines.push(`## ${row.name}`, '', '```', `[${row.code}, ${fields.join(', ')}${payload}]`, '```', '')
    const answers = (ANSWERS.get(row.code) ?? []).map((code) => MESSAGES.find((other) => other.code === code)?.name).join(', ')
    const sender = row.sender === 'both' ? 'Sent by both sides' : `Sent by the ${row.sender}`
    const phase = { opening: 'while a session is opened', open: 'on an open session', any: 'at any time' }[row.phase]
    lines.push(`${sender} ${phase}.${answers === '' ? '' : ` Answered by ${answers}.`}`, '')
    if (row.keys.size === 0) continue
    lines.push('| key | type |', '|---|---|')
    for (const [key, type] of row.keys)
      lines.push(`| \`${key}\` | ${typeof type === 'string' ? KINDS[type] : type.oneOf.map((each) => `\`${each}\``).join(', ')} |`)
    lines.push('')
  }
  return `${lines.join('\n').trimEnd()}\n`
}

function ownNamesPage() {
  const rows = OWN_NAMES.map(({ name, kind, where, meaning }) => `| \`${name}\` | ${kind} | ${where} | ${meaning} |`)
  return `${NOTE}# URIs and attributes of Trunkline's own\n\n| name | kind | where | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n\nThe other procedures and topics for operators, \`trunkline.admin.*\`, have [a page of their own](admin-api.md), with their errors \`trunkline.error.no_configuration\` and \`trunkline.error.cursor_too_old\`.\n`
}

/** The names of the pages that are missing or stale. */
function stalePages() {
  return Object.entries(pages)
    .filter(([name, text]) => read(name) !== text)
    .map(([name]) => name)
}

/** @param {string} name */
function read(name) {
  return existsSync(FOLDER + name) ? readFileSync(FOLDER + name, 'utf8') : undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const stale = stalePages()
    if (stale.length > 0) console.error(`stale: ${stale.join(', ')}; run npm run reference`)
    process.exitCode = stale.length > 0 ? 1 : 0
  } else {
    mkdirSync(FOLDER, { recursive: true })
    for (const [name, text] of Object.entries(pages)) writeFileSync(FOLDER + name, text)
    // Not one of the pages that are checked here: each change of the client changes it. conformance/runtimes checks it.
    writeFileSync(`${FOLDER}browser-files.md`, NOTE + (await browserFilesPage()))
  }
}
