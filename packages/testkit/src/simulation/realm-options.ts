// The realms of simulated routers, as the plan of their world has them.

import type { Authorizer, RealmOptions } from '@trunkline/router'
import type { Plan, RealmPlan } from './settings.ts'
import { dynamicVerdict, ROLE_RULES } from './settings.ts'

/** What realms need of their router. */
export interface RealmHost {
  nextAuthid(): string
  /** Runs a task in a later turn. */
  defer(task: () => void): void
}

export function realmsOf(plan: Plan, host: RealmHost): Readonly<Record<string, RealmOptions>> {
  return Object.fromEntries(plan.realms.map((realm) => [realm.name, optionsOf(realm, plan, host)]))
}

function optionsOf(
  {
    rights,
    requestIds,
    allowsDisclosure,
    subscriptions,
    registrations,
    pendingCalls,
    topics = [],
    historyAnswerBytes,
    slowConsumers = { policy: 'disconnect', topics: [] },
  }: RealmPlan,
  { clients }: Plan,
  host: RealmHost,
): RealmOptions {
  return {
    topics,
    slowConsumers,
    requestIds,
    allowsDisclosure,
    limits: { subscriptions, registrations, pendingCalls, ...(historyAnswerBytes === undefined ? {} : { historyAnswerBytes }) },
    authenticate: (_, { peer }, next) => {
      const { role = 'nobody', authid = host.nextAuthid() } = clients[Number(peer.slice('client-'.length))] ?? {}
      next({ accept: { authid, authrole: role, authmethod: 'anonymous', authprovider: 'static' } })
    },
    ...(rights === 'static' ? { roles: ROLE_RULES } : { authorizer: lateAuthorizer(host) }),
  }
}

/** Answers in a later turn. */
function lateAuthorizer(host: RealmHost): Authorizer {
  return {
    allows: ({ action, uri, session }, answer) => {
      host.defer(() => answer(dynamicVerdict(session.authrole, action, uri)))
      return undefined
    },
  }
}
