// `trunkline keys`: makes the key pair of a client for cryptosign.

import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Put the public key into the configuration of the router, and give the private key to the client:

  realms:
    realm1:
      users:
        sensor-1: { role: sensor, cryptosign: { publicKeys: [ PUBLIC KEY ] } }

Examples:
  trunkline keys new
  trunkline keys new --output sensor-1.key      writes the private key into a file that only you can read`

interface NewOptions {
  readonly output?: string
  readonly json?: true
}

/** Adds the command to the program. */
export function defineKeys(program: Command, terminal: Terminal): void {
  program
    .command('keys')
    .description('Make keys for logins by cryptosign.')
    .command('new')
    .description('Print a new pair of Ed25519 keys in hexadecimal.')
    .option('--output <file>', 'write the private key to this file, and do not print it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((options: NewOptions) => newKeys(options, terminal))
}

function newKeys({ output, json }: NewOptions, terminal: Terminal): void {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  const { d = '' } = privateKey.export({ format: 'jwk' })
  const [open, secret] = [x, d].map((part) => Buffer.from(part, 'base64url').toString('hex'))
  if (output !== undefined) writeSecret(output, `${secret}\n`)
  const shown = output === undefined ? { publicKey: open, privateKey: secret } : { publicKey: open, privateKeyFile: output }
  if (json === true) return terminal.print(`${JSON.stringify(shown)}\n`)
  const rest = output === undefined ? `private key  ${secret}\n` : `private key  in ${output}\n`
  terminal.print(`public key   ${open}\n${rest}`)
}

/** Writes a new file that only its owner can read. */
function writeSecret(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', { cause: error })
  }
}
