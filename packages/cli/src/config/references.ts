// References to values elsewhere: `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in a text. `$${` is a plain `${`.

import { resolve } from 'node:path'
import { encodingFault } from './encoding.ts'
import { fileOctets } from './file-octets.ts'

/** A text with its references resolved, or the fault that prevents it. */
export type Resolved = { readonly text: string; readonly isReference: boolean } | { readonly fault: string }

type Environment = Readonly<Record<string, string | undefined>>

/** Resolves the references of one document. */
export class References {
  /** The files read so far. */
  readonly files = new Set<string>()
  readonly #folder: string
  readonly #env: Environment

  /** @param folder the folder to which paths are relative */
  constructor(folder: string, env: Environment) {
    this.#folder = folder
    this.#env = env
  }

  /** Resolves the references of a text. A line feed at the end of a file is left out. */
  resolve(text: string): Resolved {
    if (!text.includes('${')) return { text, isReference: false }
    const faults: string[] = []
    const resolved = text.replace(REFERENCE, (whole, ...[kind, name = '', hasDefault, otherwise = '']: (string | undefined)[]) => {
      if (whole === '$${') return '${'
      const found =
        kind === 'env'
          ? this.#variable(name, hasDefault === undefined ? undefined : otherwise)
          : this.#file(kind, name + (hasDefault ?? ''))
      if (typeof found === 'string') return found
      faults.push(found.fault)
      return ''
    })
    return faults[0] === undefined ? { text: resolved, isReference: true } : { fault: faults[0] }
  }

  /** The path of a file that the document names. */
  pathOf(name: string): string {
    return resolve(this.#folder, name)
  }

  /** Reads a file that the document names. */
  read(name: string): Buffer | { readonly fault: string } {
    const path = this.pathOf(name)
    this.files.add(path)
    try {
      return fileOctets(path)
    } catch (error) {
      // The name is not shown: a user may have written a key in place of its path.
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      return { fault: `cannot read this file${code}; a path is relative to ${resolve(this.#folder)}` }
    }
  }

  #variable(name: string, otherwise: string | undefined): string | { readonly fault: string } {
    if (!/^[A-Za-z_]\w*$/.test(name)) return { fault: 'the text after ${env: is not the name of an environment variable' }
    const value = this.#env[name]
    if (value !== undefined && (value !== '' || otherwise === undefined)) return value
    return otherwise ?? { fault: `the environment variable ${name} is not set; \${env:${name}:-…} gives a default` }
  }

  #file(kind: string | undefined, name: string): string | { readonly fault: string } {
    if (kind !== 'file' || name === '')
      return { fault: 'expected ${env:NAME}, ${env:NAME:-default} or ${file:PATH}; $${ stands for a plain ${' }
    const content = this.read(name)
    if (!Buffer.isBuffer(content)) return content
    const fault = encodingFault(content)
    // A byte order mark, which editors write, is not part of a secret.
    return fault === undefined
      ? content
          .toString('utf8')
          .replace(/^\uFEFF/, '')
          .replace(/\r?\n$/, '')
      : { fault: `${name}: ${fault.text}` }
  }
}

const REFERENCE = /\$\$\{|\$\{(?:(env|file):((?:(?!:-)[^}])*)(:-([^}]*))?\}|[^}]*\}?)/g
