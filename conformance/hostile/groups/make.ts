// Short functions with which the groups make cases. Never reads an answer of a router.

import type { Bytes, Case, Expectation, Step, Via } from '../case.ts'

export const VIOLATION = 'ABORT wamp.error.protocol_violation'
export const VIAS: readonly Via[] = ['ws.json', 'ws.msgpack', 'ws.cbor', 'rs.json', 'rs.msgpack', 'rs.cbor']
export const CHALLENGE: Expectation = [4, 'ticket', {}]

/** One message of a session in a realm, and the expected answer. */
export function sending(name: string, list: readonly unknown[], expect: Expectation, more: Omit<Partial<Case>, 'steps'> = {}): Case {
  return { name, join: 'open', ...more, steps: [{ send: list, expect }] }
}

/** One message of a session in the realm `open`, given as octets. */
export function message(name: string, via: Via, bytes: Bytes, expect: Expectation): Case {
  return { name, via, join: 'open', steps: [{ message: bytes, expect }] }
}

/** Several steps of a session in the realm `open`. */
export function acting(name: string, steps: readonly Step[], more: Omit<Partial<Case>, 'steps'> = {}): Case {
  return { name, join: 'open', ...more, steps }
}

/** One serializer after another, so that a table of cases meets them all. */
export function turns(): () => Via {
  let turn = 0
  return () => VIAS[turn++ % VIAS.length] as Via
}

/** `hex:` text of octets. */
export function hex(octets: Uint8Array): string {
  return `hex:${Buffer.from(octets).toString('hex')}`
}

/** A value as text for a case's name. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 40 ? `${text.slice(0, 40)}… (${text.length})` : text
}
