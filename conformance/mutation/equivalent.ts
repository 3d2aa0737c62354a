// Faults that change no visible behaviour, by the name that the run prints, each with the reason.

const AUTHENTICATOR = 'packages/router/src/authentication/authenticator.ts: no default: column'
const AS_FALSE = 'Only its truth is asked: undefined is as false.'
const FIRST_OCTETS = 'number is one more: column 38 of #bytes: Uint8Array = new Uint8Array(0)'
const REPLACED = 'Each reading begins by putting other octets there.'

export const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  [`${AUTHENTICATOR} 27 of const isPlainAllowed = options.plainTickets ?? false`, AS_FALSE],
  [`${AUTHENTICATOR} 27 of this.#revealsUnknown = options.revealsUnknown ?? false`, AS_FALSE],
  [
    'packages/router/src/listeners/batched-transport.ts: true is false: column 24 of this.#isScheduled = true',
    'It saves microtasks that find nothing: the first sends all.',
  ],
  [
    'packages/router/src/listeners/connection.ts: condition is false: column 8 of if (!this.#isPaused) return',
    'What is not paused holds nothing back: to release it again changes nothing.',
  ],
  [
    'packages/router/src/core/meta/meta-session.ts: condition is false: column 8 of if (call === undefined) return',
    'A task is deferred only while a call waits: no task finds none.',
  ],
  [
    'packages/protocol/src/serializers/msgpack-writer.ts: number is one more: column 24 of } else if (value >= 0) {',
    'Zero has the same octet among the small negative numbers: they are written by their lowest octet.',
  ],
  ['packages/protocol/src/serializers/counts.ts: number is one more: column 12 of #opened = 0', 'Each payload begins by setting it.'],
  [`packages/protocol/src/serializers/cbor-source.ts: ${FIRST_OCTETS}`, REPLACED],
  [`packages/protocol/src/serializers/json-source.ts: ${FIRST_OCTETS}`, REPLACED],
  [`packages/protocol/src/serializers/msgpack-source.ts: ${FIRST_OCTETS}`, REPLACED],
])
