// For tests: what a promise rejects with. Not part of the package.

/** What a promise rejects with; rejects itself when the promise is fulfilled. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error('the promise was to reject')),
    (error: unknown) => error,
  )
}
