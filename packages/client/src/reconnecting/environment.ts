// What the surroundings know of when to connect, as a port. The only file of the client that asks a page or worker for events.

/** Tells when waiting any longer makes no sense. */
export interface Environment {
  /** Calls `listener` whenever a connection is likely to succeed now, until the function returned is called. */
  onWake(listener: () => void): () => void
}

/** The platform: in pages and workers the network came back (`online`) or the page is seen again; in Node nothing. */
export const systemEnvironment: Environment = {
  onWake(listener) {
    if (typeof globalThis.addEventListener !== 'function') return () => undefined
    const page = globalThis.document as Document | undefined
    const onVisibility = (): void => {
      if (page?.visibilityState === 'visible') listener()
    }
    globalThis.addEventListener('online', listener)
    page?.addEventListener('visibilitychange', onVisibility)
    return () => {
      globalThis.removeEventListener('online', listener)
      page?.removeEventListener('visibilitychange', onVisibility)
    }
  },
}
