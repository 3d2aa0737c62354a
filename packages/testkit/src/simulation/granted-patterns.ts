// What a router decides about patterns that it may grant, or refuse as a precaution: asked of one where a session of each role
// stays, because a session of the world may have ended before the model asks. Judges nothing itself.

import type { MatchPolicy } from '@trunkline/protocol'
import type { Rule } from '@trunkline/router'
import { World } from '../world.ts'
import type { Action } from './model/state.ts'

export class GrantedPatterns {
  readonly #rules: Readonly<Record<string, readonly Rule[]>>
  #world: World | undefined
  readonly #sessions = new Map<string, number>()

  constructor(rules: Readonly<Record<string, readonly Rule[]>>) {
    this.#rules = rules
  }

  /** Whether the router lets a session of the role do it with everything that the pattern matches. */
  includes(role: string, action: Action, uri: string, match: MatchPolicy): boolean {
    this.#world ??= this.#open()
    return this.#world.router.realm(role)?.may(this.#sessions.get(role) as number, action, uri, match) === true
  }

  /** A realm and a session for each role. */
  #open(): World {
    const roles = Object.keys(this.#rules)
    const world = new World({ realms: Object.fromEntries(roles.map((role) => [role, { anonymousRole: role, roles: this.#rules }])) })
    for (const role of roles) this.#sessions.set(role, world.join({ realm: role }).session)
    return world
  }
}
