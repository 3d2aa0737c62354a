// The options of a test router and of its clients. Types and defaults only.

import type { ClientOptions, ClientSerializer } from '@trunkline/client'
import type { OpenSessionOptions } from '@trunkline/client/session'
import type { RealmOptions, RouterOptions } from '@trunkline/router'

/** Those of `createRouter`, except for what the test controls. */
export interface TestRouterOptions extends Omit<RouterOptions, 'clock' | 'alarm' | 'ids' | 'scheduler'> {
  /** `manual` (default): time stands until `clock.advance`; `system`: it runs. */
  readonly clock?: 'manual' | 'system' | undefined
  /** An integer of 1 or more, from which all ids of the router and all random delays of clients follow. Default 1. */
  readonly seed?: number | undefined
}

interface Named {
  /** The name by which faults and traffic know the client; that of one that has ended can be taken again. Default `client1`, `client2` … */
  readonly name?: string | undefined
  /**
   * Without `auth` and `onChallenge`: the authid of its sessions, without a login; default its name. Otherwise that of its login.
   */
  readonly authid?: string | undefined
  /**
   * Without `auth` and `onChallenge`: the role of its sessions, without a login; default the `anonymousRole` of the realm. Otherwise
   * that of its login.
   */
  readonly authrole?: string | undefined
}

/** The options of a client of a test router: those of `createClient`, except for its connection. `realm` has a default: the first one. */
export interface TestClientOptions extends Omit<ClientOptions, 'url' | 'openTransport' | 'shared' | keyof Named>, Named {}

/** The options of a session of a test router: those of `openSession`, except for its connection. */
export interface TestSessionOptions extends Omit<OpenSessionOptions, 'url' | 'transport' | 'serializer' | keyof Named>, Named {
  readonly serializer?: ClientSerializer | undefined
}

export const DEFAULT_REALM = 'realm1'

/** A realm in which each client may do everything, with any role. */
export const OPEN_REALM: RealmOptions = { anonymousRole: 'anonymous', authorizer: { allows: () => true, mayForce: () => true } }
/** How many realms are created on demand. */
export const MOST_REALMS = 1000
