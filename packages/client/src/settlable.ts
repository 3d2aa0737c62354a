// A promise with the functions that settle it.

export interface Settlable<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
}

export function settlable<Value>(): Settlable<Value> {
  let settle: Omit<Settlable<Value>, 'promise'> = { resolve: () => undefined, reject: () => undefined }
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}
