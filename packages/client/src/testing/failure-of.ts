// For tests: the error of a promise. Not part of the package.

/** Resolves to the error with which a promise rejects; rejects when the promise resolves. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error('the promise was to reject')),
    (error: unknown) => error,
  )
}
