// A port for events of the platform that make a connection likely. Only this file of the client listens to a page or worker.

/** Reports when waiting longer is useless. */
export interface Environment {
  /** Calls `listener` whenever a connection has become likely to succeed, until the returned function is called. */
  onWake(listener: () => void): () => void
}

/** The platform: in pages and workers the network is back (`online`) or the page is visible again; in Node nothing. */
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
