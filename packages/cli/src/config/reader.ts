// Shared by the readers of a checked document: reports mistakes that the schema cannot find, and reads files.

import type { MatchPolicy } from '@trunkline/protocol'
import { isUri } from '@trunkline/protocol'
import type { ConfigCheck } from './check.ts'
import type { References } from './references.ts'

export class ConfigReader {
  readonly #check: ConfigCheck
  readonly #references: References

  constructor(check: ConfigCheck, references: References) {
    this.#check = check
    this.#references = references
  }

  /** Records a mistake. */
  report(path: string, text: string): void {
    this.#check.report(path, text)
  }

  /** The octets of a file that the document names; undefined when it cannot be read, which is reported. */
  file(name: string | undefined, path: string): Buffer | undefined {
    if (name === undefined) return undefined
    const content = this.#references.read(name)
    if (Buffer.isBuffer(content)) return content
    this.report(path, content.fault)
    return undefined
  }

  /** The path of a file or socket that the document names and the router makes. */
  pathOf(name: string): string {
    return this.#references.pathOf(name)
  }

  /** Checks a URI pattern as rules and topics write it. */
  checkPattern(uri: string, match: MatchPolicy | undefined, path: string): void {
    if (match === undefined && uri.replace(/(^|\.)\*\*$/, '').includes('*')) {
      const text = `only ** at the end is a wildcard; leave a component empty to match any (com..status)`
      return this.report(path, `${text}, or give 'match' to take the * literally`)
    }
    const placeholder = uri.split('.').find((component) => /\{.*\}/.test(component) && !PLACEHOLDERS.includes(component))
    if (placeholder !== undefined) return this.report(path, `a component with { } has to be one of ${PLACEHOLDERS.join(', ')}`)
    if (!isPattern(uri, match)) this.report(path, `no valid URI pattern${match === undefined ? '' : ` for match ${match}`}`)
  }
}

const PLACEHOLDERS: readonly string[] = ['{authid}', '{authrole}', '{session}']

/** Whether it is a pattern for the router's rules. */
function isPattern(uri: string, match: MatchPolicy | undefined): boolean {
  if (match !== undefined) return isUri(uri, match)
  return uri === '**' || (uri.endsWith('.**') ? isUri(uri.slice(0, -2), 'prefix') : isUri(uri, 'wildcard'))
}
