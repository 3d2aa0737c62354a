// The suite: its groups, and the run of all checks against one router.

import { ADVANCED_CALLS } from './advanced-calls.ts'
import { ADVANCED_EVENTS } from './advanced-events.ts'
import { CALLS } from './basic-calls.ts'
import { EVENTS } from './basic-events.ts'
import { SESSIONS, VIOLATIONS } from './basic-session.ts'
import type { Check, Group, StageOptions, Weight } from './check.ts'
import { Stage } from './check.ts'
import { META } from './meta.ts'
import { NotApplicable, TRANSPORTS } from './transports.ts'

export const GROUPS: readonly Group[] = [
  { name: 'sessions', profile: 'basic', checks: SESSIONS },
  { name: 'protocol errors', profile: 'basic', checks: VIOLATIONS },
  { name: 'serializers and transport', profile: 'basic', checks: TRANSPORTS },
  { name: 'publish and subscribe', profile: 'basic', checks: EVENTS },
  { name: 'remote procedure calls', profile: 'basic', checks: CALLS },
  ...byFeature([...ADVANCED_CALLS, ...ADVANCED_EVENTS, ...META]),
]

/** What no client can see, or what needs a configuration that the suite does not know. */
export const NOT_TESTED: readonly string[] = [
  'logins and rights: what the router refuses to whom is its configuration',
  'separation of realms: the suite knows one',
  'uniform randomness of ids, wrap-around of ids at 2^53, limits of size and time',
  'order and delivery under load, across authorizers and between several routers',
  'event history, rerouting, sharding, revocation, trust levels, killing of sessions, long-poll, batched messages',
]

/** The outcome of one check. */
export interface Outcome {
  readonly group: string
  readonly profile: 'basic' | 'advanced'
  readonly ids: readonly string[]
  readonly title: string
  readonly weight: Weight
  /** `absent`: the router does not announce the feature. `skipped`: the check does not apply here; `reason` says why. */
  readonly result: 'passed' | 'failed' | 'absent' | 'skipped'
  readonly reason?: string
}

/**
 * Runs all checks, one after the other.
 * @throws {Error} (rejects) when not even one session can be opened
 */
export async function runSuite(options: StageOptions, onOutcome: (outcome: Outcome) => void, stop: AbortSignal): Promise<string> {
  const first = new Stage(options)
  const { details } = await first.join().finally(() => first.end())
  const roles = Object(details['roles']) as Readonly<Record<string, { readonly features?: Readonly<Record<string, unknown>> }>>
  for (const { name, profile, checks } of GROUPS) {
    for (const check of checks) {
      if (stop.aborted) return ''
      const { ids, title, weight = 'required' } = check
      const about = { group: name, profile, ids, title, weight }
      const [role = '', feature = ''] = check.needs?.split('.') ?? []
      const isAbsent = check.needs !== undefined && roles[role]?.features?.[feature] !== true
      onOutcome({ ...about, ...(isAbsent ? { result: 'absent' as const } : await outcomeOf(check, options)) })
    }
  }
  return typeof details['agent'] === 'string' ? details['agent'] : 'a router that names no agent'
}

async function outcomeOf(check: Check, options: StageOptions): Promise<Pick<Outcome, 'result' | 'reason'>> {
  const stage = new Stage(options)
  try {
    await check.run(stage)
    return { result: 'passed' }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { result: error instanceof NotApplicable ? 'skipped' : 'failed', reason }
  } finally {
    stage.end()
  }
}

/** Groups of the Advanced Profile, each with the feature as its name. */
function byFeature(checks: readonly Check[]): Group[] {
  const names = new Set(checks.map(({ needs = '' }) => needs))
  return [...names].map((name) => ({
    name: name.split('.')[1]?.replaceAll('_', ' ') ?? name,
    profile: 'advanced',
    checks: checks.filter(({ needs }) => needs === name),
  }))
}
