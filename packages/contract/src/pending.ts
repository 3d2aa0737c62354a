// What holds at once and can be awaited.

import type { Pending } from './api.ts'

/** Awaited it gives the value, which is no promise. `ready` is read at the first await, so a value without an await never rejects. */
export function pending<T extends object>(value: T, ready: () => Promise<unknown>): Pending<T> {
  const then: PromiseLike<T>['then'] = (...given) =>
    ready()
      .then(() => value)
      .then(...given)
  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is what it is for
  return Object.defineProperty({ ...value }, 'then', { value: then }) as Pending<T>
}
