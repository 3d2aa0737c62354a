// HELLO, by which nodes know of each other: JSON of at most 4 KiB, with a seal where the cluster has a secret. Never judges what it says.

import type { TextPort } from '@trunkline/protocol'

export type NodeState = 'joining' | 'up' | 'draining'

/** What a node says of itself. */
export interface Hello {
  /** The version of the protocol between nodes that it speaks, and the least that it still speaks. */
  readonly version: number
  readonly least: number
  readonly node: string
  /** When its process started, in ms since 1970: with the name it tells processes apart. */
  readonly boot: number
  /** Its clock, in ms since 1970. */
  readonly time: number
  readonly state: NodeState
  /** The machine, for operators. */
  readonly host: string
}

/** Shows that a HELLO is of a node of this cluster. */
export interface Seal {
  /** The HMAC of a text by the secret of the cluster, in hexadecimal digits. */
  sign(text: string): string
  /** Compares in a time that does not depend on where the two differ. */
  isSigned(text: string, mac: string): boolean
}

/** Why a HELLO was not taken: it is none, or of no node that has our secret. */
export type HelloFault = 'malformed' | 'stranger'

const MOST_BYTES = 4_096
const LONGEST_HOST = 255
const NODE = /^[\w-]{1,64}$/
const MAC = /^(.*),"mac":"([0-9a-f]{16,128})"\}$/s
const STATES: readonly unknown[] = ['joining', 'up', 'draining']

export function isNodeName(name: unknown): name is string {
  return typeof name === 'string' && NODE.test(name)
}

/** The octets of a HELLO. */
export function writeHello({ version, least, node, boot, time, state, host }: Hello, text: TextPort, seal?: Seal): Uint8Array {
  const octets = new Uint8Array(MOST_BYTES)
  const body = JSON.stringify({ v: version, least, node, boot, time, state, host: host.slice(0, LONGEST_HOST) }).slice(0, -1)
  const whole = seal === undefined ? `${body}}` : `${body},"mac":"${seal.sign(body)}"}`
  return octets.slice(0, text.write(whole, octets, 0))
}

/**
 * Reads a HELLO.
 * @param seal of this cluster; without one, a HELLO that has a mac is a stranger's
 */
export function readHello(octets: Uint8Array, text: TextPort, seal?: Seal): Hello | HelloFault {
  if (octets.length > MOST_BYTES || !text.isUtf8(octets, 0, octets.length)) return 'malformed'
  const whole = text.decode(octets, 0, octets.length)
  const [, body, mac] = MAC.exec(whole) ?? []
  if ((mac === undefined) !== (seal === undefined)) return parsed(whole) === undefined ? 'malformed' : 'stranger'
  if (seal !== undefined && !seal.isSigned(body ?? '', mac ?? '')) return 'stranger'
  return helloOf(parsed(whole)) ?? 'malformed'
}

/** Of which node a HELLO is by its own words, which no seal confirms. */
export function claimedIn(octets: Uint8Array, text: TextPort): Pick<Hello, 'node' | 'host'> | undefined {
  return helloOf(parsed(text.decode(octets, 0, octets.length)))
}

function parsed(whole: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(whole)
    return isObject(value) ? value : undefined
  } catch {
    return undefined // JSON.parse reports malformed input only by an exception.
  }
}

function helloOf(fields: Readonly<Record<string, unknown>> | undefined): Hello | undefined {
  if (fields === undefined) return undefined
  const { v: version, least, node, boot, time, state, host } = fields
  if (!isVersion(version) || !isVersion(least) || least > version || !isNodeName(node)) return undefined
  if (!isCount(boot) || !isCount(time) || !STATES.includes(state)) return undefined
  if (typeof host !== 'string' || host.length > LONGEST_HOST) return undefined
  return { version, least, node, boot, time, state: state as NodeState, host }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isVersion(value: unknown): value is number {
  return isCount(value) && value >= 1 && value <= 0xffff
}
