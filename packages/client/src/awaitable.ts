// Declarations that hold at once, and can be awaited.

import { traced } from './errors.ts'

/** Holds at once; awaited, it is granted by the router, or rejects with the refusal. */
export type Pending<Value> = Value & Pick<Promise<Value>, Promised>

type Promised = 'then' | 'catch' | 'finally'

const PROMISED: readonly unknown[] = ['then', 'catch', 'finally']

/**
 * Makes a declaration awaitable. Awaiting gives the declaration itself, which is no promise, so that an asynchronous function may
 * return it. `ready` is read at the first await, so a declaration without an await never rejects.
 */
export function awaitable<Value extends object>(value: Value, ready: () => Promise<unknown>): Pending<Value> {
  return new Proxy(value, {
    get(target, name) {
      if (PROMISED.includes(name))
        return (...given: unknown[]) =>
          settle(
            ready().then(() => value, traced),
            name as Promised,
            given,
          )
      const member: unknown = Reflect.get(target, name, target)
      // Methods read private members, which a proxy does not have.
      return typeof member === 'function' && !Object.hasOwn(target, name) ? member.bind(target) : member
    },
  }) as Pending<Value>
}

function settle(promise: Promise<unknown>, name: Promised, given: unknown[]): unknown {
  return Reflect.apply(promise[name], promise, given)
}
