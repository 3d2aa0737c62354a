// Faults that change nothing which anybody could see, by the name that the run prints, each with the reason.

const AUTHENTICATOR = 'packages/router/src/authentication/authenticator.ts: no default: column'

export const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  [`${AUTHENTICATOR} 27 of const isPlainAllowed = options.plainTickets ?? false`, 'Only its truth is asked: undefined is as false.'],
  [`${AUTHENTICATOR} 27 of this.#revealsUnknown = options.revealsUnknown ?? false`, 'Only its truth is asked: undefined is as false.'],
])
