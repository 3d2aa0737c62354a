// Which scenario tries which feature, and the run of one client through them.

import type { Client, Login } from '../clients/client.ts'
import { KEY_PAIR } from '../key-pair.ts'
import type { Patience } from '../known/patience.ts'
import * as calls from './calls.ts'
import * as events from './events.ts'
import type { Feature, Outcome } from './feature.ts'
import { OWN_FEATURES } from './feature.ts'
import * as meta from './meta.ts'
import * as mixed from './mixed.ts'
import type { Place } from './stage.ts'
import { rejects, same, Stage } from './stage.ts'

/** The users of examples/identity/trunkline.yaml. */
const LOGINS = {
  ticket: { authid: 'ticket-user', method: 'ticket', secret: 'ticket-secret-1' },
  wampcra: { authid: 'cra-user', method: 'wampcra', secret: 'cra-secret-1' },
  wampcra_salted: { authid: 'cra-salted-user', method: 'wampcra', secret: 'cra-salted-pw-1' },
  cryptosign: { authid: 'cryptosign-user', method: 'cryptosign', secret: KEY_PAIR.privateKey },
  scram: { authid: 'scram-pbkdf2-user', method: 'wamp-scram', secret: 'scram-pw-1' },
  scram_autobahn: { authid: 'scram-argon2-user', method: 'scram', secret: 'scram-pw-2' },
} as const satisfies Partial<Record<Feature, Login>>

const SCENARIOS: Readonly<Record<Feature, (stage: Stage) => Promise<void>>> = {
  one_value: mixed.oneValue,
  with_ours: mixed.withOurs,
  calls: calls.calls,
  keyword_values: mixed.keywordValues,
  calls_in_flight: calls.callsInFlight,
  progressive_results: calls.progressiveResults,
  progressive_invocations: calls.progressiveInvocations,
  progressive_invocations_callee: calls.progressiveInvocationsOfCallee,
  call_timeout: calls.callTimeout,
  cancel_skip: calls.canceling('skip'),
  cancel_kill: calls.canceling('kill'),
  cancel_killnowait: calls.canceling('killnowait'),
  pattern_registration: calls.patternRegistration,
  shared_registration: calls.sharedRegistration,
  registration_revocation: calls.registrationRevocation,
  caller_identification: calls.callerIdentification,
  events: events.events,
  event_order: events.eventOrder,
  pattern_subscription: events.patternSubscription,
  black_white_listing: events.blackWhiteListing,
  publisher_exclusion: events.publisherExclusion,
  publisher_identification: events.publisherIdentification,
  event_retention: events.eventRetention,
  event_history: events.eventHistory,
  testaments: events.testaments,
  session_meta: meta.sessionMeta,
  registration_meta: meta.registrationMeta,
  subscription_meta: meta.subscriptionMeta,
  payload_passthru: events.payloadPassthru,
  anonymous: async (stage) => same('the role', (await stage.join()).welcome['authrole'], 'anonymous'),
  ticket: (stage) => logsIn(stage, LOGINS.ticket),
  wampcra: (stage) => logsIn(stage, LOGINS.wampcra),
  wampcra_salted: (stage) => logsIn(stage, LOGINS.wampcra_salted),
  cryptosign: (stage) => logsIn(stage, LOGINS.cryptosign),
  scram: (stage) => logsIn(stage, LOGINS.scram),
  scram_autobahn: (stage) => logsIn(stage, LOGINS.scram_autobahn),
}

/** What is known of a client. */
export interface Known {
  /** Features that are not tried. */
  readonly leaveOut: ReadonlySet<string>
  /** How long a scenario may take. */
  readonly patience: Patience
}

/** Plays features with one client. */
export async function* play(
  client: Client,
  place: Place,
  { leaveOut, patience }: Known,
  features: readonly Feature[] = OWN_FEATURES,
): AsyncGenerator<Outcome> {
  for (const feature of features) {
    if (leaveOut.has(feature)) continue
    const { serializer } = place
    // Nothing that an earlier client has left, such as a retained event, may be taken for its own.
    const stage = new Stage(client, place, `interop.${feature}.r${Math.random().toString(36).slice(2)}`)
    const fault = await within(
      async () => {
        await Promise.race([SCENARIOS[feature](stage), stage.broken])
        await stage.end()
      },
      patience(feature, serializer),
    )
    // The run does not wait for requests that a failed scenario left open.
    if (fault !== undefined) void stage.end().catch(() => undefined)
    yield fault === undefined ? { feature, serializer } : { feature, serializer, fault }
  }
}

async function within(run: () => Promise<void>, longestMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`nothing within ${longestMs} ms`), longestMs)
  })
  const settled = run().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)) || 'an error without a text',
  )
  const fault = await Promise.race([settled, late])
  clearTimeout(timer)
  return fault
}

async function logsIn(stage: Stage, login: Login): Promise<void> {
  const { welcome } = await stage.join(login)
  same('who it is', [welcome['authid'], welcome['authrole']], [login.authid, 'user'])
  await rejects('another secret', stage.join({ ...login, secret: otherThan(login) }))
}

/** A secret of the same form, and wrong. */
function otherThan({ method, secret }: Login): string {
  return method === 'cryptosign' ? secret.replaceAll(/[0-9]/g, '7') : `${secret}x`
}
