// A value that changes, shared by all who look at it: it is worked for from the first one on, and until a turn after the last one.

import { systemClock } from '../clock.ts'

/** A value to look at, for components of any framework. */
export interface Store<Value> {
  /** The same object until the value changes. */
  readonly get: () => Value
  /** Calls `changed` at each change, until the returned function is called. */
  readonly subscribe: (changed: () => void) => () => void
}

/** Where components find a store. */
export interface Place {
  /** Has no effect if another store is there. */
  enter(store: object): void
  leave(store: object): void
}

export abstract class SharedStore<Value> implements Store<Value> {
  #value: Value
  readonly #place: Place
  readonly #lookers = new Set<{ readonly changed: () => void }>()
  #isAwake = false

  constructor(value: Value, place: Place) {
    this.#value = value
    this.#place = place
    // One that is made while a server renders, or for a rendering that is dropped, is looked at by no component.
    this.sleepLater()
  }

  // Fields and not methods: frameworks take them without the store, and compare them.
  readonly get = (): Value => this.#value

  readonly subscribe = (changed: () => void): (() => void) => {
    const looker = { changed }
    this.#lookers.add(looker)
    if (!this.#isAwake) {
      this.#isAwake = true
      this.#place.enter(this)
      this.wake()
    }
    return () => {
      this.#lookers.delete(looker)
      this.sleepLater()
    }
  }

  /** Whether it is kept although no component looks at it. */
  protected get isKept(): boolean {
    return false
  }

  protected set(value: Value): void {
    this.#value = value
    for (const looker of [...this.#lookers]) if (this.#lookers.has(looker)) looker.changed()
  }

  /** A turn later, if no component looks at it then: one that StrictMode mounts again at once finds what was there. */
  protected sleepLater(): void {
    if (this.#lookers.size > 0) return
    systemClock.setTimer(() => {
      if (this.#lookers.size > 0 || this.isKept) return
      this.#isAwake = false
      this.#place.leave(this)
      this.sleep()
    }, 0)
  }

  /** The first component looks. */
  protected abstract wake(): void

  /** No component looks any more. It may be called several times, and another component may look later. */
  protected abstract sleep(): void
}

/** Where the stores of a procedure or topic are kept: as long as it is. */
const STORES: unique symbol = Symbol('stores')

/** The store of a procedure or topic for these parameters, which all components share. */
export function sharedStore<Made extends object>(owner: object, parameters: readonly unknown[], make: (place: Place) => Made): Made {
  const kept = owner as { [STORES]?: Map<string, object> }
  const stores = (kept[STORES] ??= new Map<string, object>())
  const key = keyOf(parameters)
  const known = stores.get(key)
  if (known !== undefined) return known as Made
  const place: Place = {
    enter: (store) => void (stores.has(key) || stores.set(key, store)),
    leave: (store) => void (stores.get(key) === store && stores.delete(key)),
  }
  const made = make(place)
  place.enter(made)
  return made
}

/** The same text for equal parameters. Big integers, which JSON does not have, differ from texts; signals do not count. */
export function keyOf(parameters: readonly unknown[]): string {
  return JSON.stringify(parameters, (_, value: unknown) => {
    if (typeof value === 'bigint') return { bigint: String(value) }
    return value instanceof AbortSignal ? undefined : value
  })
}
