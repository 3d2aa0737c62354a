// Makes the reference of what the packages export, one page for each entry point, out of their docstrings: docs/api/, which is
// not under version control. Fails on a {@link} that leads nowhere.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PACKAGES = ['client', 'contract', 'router', 'testing', 'protocol', 'cli']

/** The entry points of a package: the name by which programs import it, and its source. */
function entryPointsOf(folder) {
  const { name, exports } = JSON.parse(readFileSync(`${ROOT}packages/${folder}/package.json`, 'utf8'))
  return Object.entries(exports)
    .filter(([, targets]) => typeof targets === 'object')
    .map(([door, targets]) => ({ name: name + door.slice(1), source: `${ROOT}packages/${folder}/${targets['trunkline-source'].slice(2)}` }))
}

const entryPoints = PACKAGES.flatMap(entryPointsOf)

const app = await Application.bootstrapWithPlugins({
  plugin: ['typedoc-plugin-markdown'],
  tsconfig: 'tsconfig.reference.json',
  entryPoints: entryPoints.map(({ source }) => source),
  out: `${ROOT}docs/api`,
  name: 'Entry points',
  readme: 'none',
  logLevel: 'Warn',
  // `npm run check:types` does that, with the compiler that builds.
  skipErrorChecking: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  kindSortOrder: ['Function', 'Class', 'Interface', 'TypeAlias', 'Variable', 'Namespace', 'Reference'],
  groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', '*'],
  outputFileStrategy: 'modules',
  excludeScopesInPaths: true,
  entryFileName: 'index',
  hideBreadcrumbs: true,
  hideGroupHeadings: true,
  hidePageHeader: true,
  pageTitleTemplates: { module: ({ name }) => name, index: ({ projectName }) => projectName, member: ({ name }) => name },
  useCodeBlocks: true,
  useHTMLAnchors: true,
  useHTMLEncodedBrackets: true,
  sanitizeComments: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  propertyMembersFormat: 'table',
  typeDeclarationFormat: 'table',
  tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true, hideSources: true },
})

const project = await app.convert()
if (project === undefined) throw new Error('the sources do not convert')
for (const module of project.children ?? []) {
  const file = project.getSymbolIdFromReflection(module)?.fileName
  const entry = entryPoints.find(({ source }) => source === file)
  if (entry === undefined) throw new Error(`${module.name} is no entry point`)
  module.name = entry.name
}
await app.generateOutputs(project)
const contents = `${ROOT}docs/api/index.md`
writeFileSync(contents, readFileSync(contents, 'utf8').replace('## Modules', '## Reference'))
if (app.logger.hasWarnings() || app.logger.hasErrors()) process.exitCode = 1
