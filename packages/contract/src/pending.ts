// What holds at once and can be awaited.

import type { Pending } from './api.ts'

/** Awaited it gives the value, which is no promise. Nothing is rejected that nobody awaits: `ready` is asked for then. */
export function pending<T extends object>(value: T, ready: () => Promise<unknown>): Pending<T> {
  const then: PromiseLike<T>['then'] = (...given) =>
    ready()
      .then(() => value)
      .then(...given)
  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is what it is for
  return Object.defineProperty({ ...value }, 'then', { value: then }) as Pending<T>
}
