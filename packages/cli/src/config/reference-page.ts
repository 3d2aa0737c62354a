// The reference of the configuration as Markdown: every key with type, default and meaning. It is made from the schema alone.

import { durationText, sizeText } from '../quantities.ts'
import type { ChoiceNode, DictNode, Node } from './nodes.ts'
import { CONTRACT_SCHEMA } from '../contract/contract-schema.ts'
import { CONFIG_SCHEMA } from './schema.ts'

/** The page without its first line. */
export function configReferencePage(): string {
  const sections: string[] = []
  addSections(CONFIG_SCHEMA, '', sections)
  return `# Keys of the configuration

Every key of the file that \`trunkline start\` reads; the [guide](../guide/configuration.md) shows them at work. Any text, number or word may contain
\`\${env:NAME}\`, \`\${env:NAME:-default}\` or \`\${file:PATH}\`. Sizes are written as \`64KiB\`, \`4MiB\` or a number of octets, durations as \`500ms\`, \`10s\`, \`2min\`, \`1h\`.

${sections.join('\n')}`
}

/** The page about the contract file, without its first line. */
export function contractReferencePage(): string {
  const sections: string[] = []
  addSections(CONTRACT_SCHEMA, '', sections)
  return `# Keys of a contract file

Every key of the file (JSON) that \`trunkline contract build\` writes and that routers and the other commands read; the [guide](../guide/contracts.md) shows it at work. Programs in any
language may write one.

${sections.join('\n')}`
}

/** Adds a section for each dict, the outer before the inner. */
function addSections(node: Node, path: string, sections: string[]): void {
  if (node.kind === 'dict' || node.kind === 'choice') {
    const required = node.kind === 'dict' ? node.required : []
    sections.push([`## ${path === '' ? 'The file' : `\`${path}\``}`, node.about, ...rulesOf(node), ''].join('\n\n').trimEnd() + '\n')
    sections.push('| key | type | default | meaning |\n|---|---|---|---|')
    for (const [key, member] of Object.entries(node.keys)) sections.push(row(key, member, required.includes(key)))
    sections.push('')
    for (const [key, member] of Object.entries(node.keys)) addSections(member, path === '' ? key : `${path}.${key}`, sections)
  } else if (node.kind === 'list') addSections(node.of, `${path}[]`, sections)
  else if (node.kind === 'map') addSections(node.of, `${path}.<${node.name}>`, sections)
  else if (node.kind === 'either') addSections(node.dict, path, sections)
}

/** Which keys need each other, in sentences. */
function rulesOf(node: DictNode | ChoiceNode): readonly string[] {
  if (node.kind === 'choice') return ['Exactly one of the keys is required.']
  const { exactlyOneOf, onlyWith = {}, needs = {} } = node
  const sentences = [
    ...(exactlyOneOf === undefined ? [] : [`Exactly one of ${words(exactlyOneOf)} is required.`]),
    ...Object.entries(onlyWith).map(([key, others]) => `\`${key}\` has a meaning only with ${words(others, ' or ')}.`),
    ...Object.entries(needs).map(([key, others]) => `\`${key}\` needs ${words(others, ' and ')}.`),
  ]
  return sentences.length === 0 ? [] : [sentences.join(' ')]
}

function row(key: string, node: Node, isRequired: boolean): string {
  const preset = node.default === undefined ? (node.otherwise ?? '') : `\`${node.default}\``
  return `| \`${key}\` | ${typeText(node)} | ${isRequired ? 'required' : preset} | ${node.about} |`
}

function typeText(node: Node): string {
  switch (node.kind) {
    case 'text':
      return node.oneOf === undefined ? (node.isSecret === true ? 'secret text' : 'text') : words(node.oneOf)
    case 'number':
      return `whole number, ${node.least} to ${node.most}${node.word === undefined ? '' : `, or \`${node.word}\``}`
    case 'flag':
      return '`true` or `false`'
    case 'duration':
      return `duration, ${durationText(node.least)} to ${durationText(node.most)}`
    case 'size':
      return `size, ${sizeText(node.least)} to ${sizeText(node.most)}`
    case 'list':
      return node.of.kind === 'text' && node.of.oneOf !== undefined ? `list of ${words(node.of.oneOf)}` : `list of ${plural(node.of)}`
    case 'map':
      return `dict, by ${node.name}`
    case 'dict':
    case 'choice':
      return 'dict'
    case 'either':
      return `${typeText(node.scalar)} or dict`
    case 'data':
      return 'dict of any values'
  }
}

function plural(node: Node): string {
  return node.kind === 'text' ? 'texts' : 'dicts'
}

/** @param last stands before the last word */
function words(all: readonly string[], last = ', '): string {
  const quoted = all.map((word) => `\`${word}\``)
  return [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].filter((part) => part !== '').join(last)
}
