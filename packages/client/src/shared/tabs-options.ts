// The options of the worker.

import type { ClientOptions } from '../reconnecting/client-options.ts'

/** The options of the worker's client: those of any, but that it connects with the first tab. */
export type TabsOptions = Omit<ClientOptions, 'lazy' | 'shared'>
