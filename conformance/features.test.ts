// Shows that router and client announce exactly the features that tests show to work. Looks at titles of tests, not at what they do.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenSessionOptions } from '@trunkline/client/session'
import { calls, openSession } from '@trunkline/client/session'
import { HELLO } from '@trunkline/protocol'
import { createRouter } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import { filesBelow, ROOT } from './docs/blocks.ts'

/** The roles that announce it, in the order of ROLES; none if it is not built. And rows that hold only where it works. */
type Feature = readonly [roles: string, rows: string]

const ROLES = ['publisher', 'broker', 'subscriber', 'caller', 'dealer', 'callee']

const FEATURES: Readonly<Record<string, Feature>> = {
  progressive_call_results: ['caller dealer callee', 'AP-RPC-PCR-04 AP-RPC-PCR-06 AP-RPC-PCR-07'],
  progressive_call_invocations: ['caller dealer callee', 'AP-RPC-PCI-06 AP-RPC-PCI-07 AP-RPC-PCI-14'],
  call_timeout: ['caller dealer callee', 'AP-RPC-TMO-03 AP-RPC-TMO-05 AP-RPC-TMO-08 AP-RPC-TMO-12'],
  call_canceling: ['caller dealer callee', 'AP-RPC-CAN-02 AP-RPC-CAN-04 AP-RPC-CAN-09'],
  call_reroute: ['dealer callee', 'AP-RPC-RRT-02 AP-RPC-RRT-03'],
  caller_identification: ['caller dealer callee', 'AP-RPC-CID-02 AP-RPC-CID-03 AP-RPC-CID-08'],
  call_trustlevels: ['dealer callee', 'AP-RPC-TRL-02'],
  pattern_based_registration: ['dealer callee', 'AP-RPC-PAT-03 AP-RPC-PAT-05'],
  shared_registration: ['dealer callee', 'AP-RPC-SHR-02 AP-RPC-SHR-06'],
  // Of both of sharding there is only an extension of ours, with a name of its own: docs/adr/0011-sharding.md.
  sharded_registration: ['', 'AP-RPC-SHD-01'],
  registration_revocation: ['dealer callee', 'AP-RPC-REV-02 AP-RPC-REV-07'],
  registration_meta_api: ['dealer', 'AP-META-REG-02 AP-META-REG-10'],
  testament_meta_api: ['dealer', 'AP-PS-TES-02 AP-PS-TES-10'],
  session_meta_api: ['broker dealer', 'AP-META-SES-03 AP-META-SES-05'],
  reflection: ['broker dealer', 'AP-REF-02 AP-REF-03 AP-REF-04'],
  payload_passthru_mode: ['publisher broker subscriber caller dealer callee', 'AP-PPT-05 AP-PPT-07 AP-PPT-15 AP-PPT-16'],
  subscriber_blackwhite_listing: ['publisher broker', 'AP-PS-BWL-02 AP-PS-BWL-05'],
  publisher_exclusion: ['publisher broker', 'AP-PS-PEX-03'],
  publisher_identification: ['publisher broker subscriber', 'AP-PS-PID-02 AP-PS-PID-03'],
  publication_trustlevels: ['broker subscriber', 'AP-PS-TRL-02'],
  pattern_based_subscription: ['broker subscriber', 'AP-PS-PAT-03 AP-PS-PAT-04'],
  subscription_revocation: ['broker subscriber', 'AP-PS-REV-02 AP-PS-REV-07'],
  subscription_meta_api: ['broker', 'AP-META-SUB-02 AP-META-SUB-08'],
  event_history: ['broker', 'AP-PS-HIS-04'],
  event_retention: ['broker', 'AP-PS-RET-10'],
  // In no specification; a client announces it only by a door of its own.
  x_acknowledged_event_delivery: ['broker', 'AP-PS-ACK-02'],
  // As the specification spells it.
  shareded_subscriptions: ['', 'AP-PS-SHD-01'],
}

/** The features in HELLO and WELCOME, and who announced each. */
async function announced(): Promise<Record<string, string>> {
  const router = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: [] } } } })
  const transport = router.openLocal()
  let hello: object = {}
  const watched: NonNullable<OpenSessionOptions['transport']> = {
    attach: (owner) => transport.attach(owner),
    send: (message) => {
      if (message.type === HELLO) hello = message.details['roles'] as object
      transport.send(message)
    },
    close: () => transport.close(),
  }
  const session = await openSession({ transport: watched, realm: 'realm1', calls: calls() })
  await router.close()
  const roles = { ...hello, ...(session.details['roles'] as object) } as Record<string, { features: object }>
  const pairs = ROLES.flatMap((role) => Object.entries(roles[role]?.features ?? {}).map(([feature, flag]) => ({ role, feature, flag })))
  expect(pairs.filter(({ flag }) => flag !== true)).toEqual([])
  const features = [...new Set(pairs.map(({ feature }) => feature))]
  const whoSays = (name: string): string => pairs.flatMap(({ role, feature }) => (feature === name ? [role] : [])).join(' ')
  return Object.fromEntries(features.map((feature) => [feature, whoSays(feature)]))
}

/** The rows that titles of tests name. That those tests pass is seen where they run. */
function claimedRows(): Set<string> {
  const files = filesBelow('packages', '.test.ts')
  const marks = files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/\[(?:AP|BP)-[-A-Z0-9 ]+\]/g) ?? [])
  return new Set(marks.flatMap((mark) => mark.slice(1, -1).split(' ')))
}

const readData = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, 'conformance', name), 'utf8'))
const { requirements } = readData('requirements.json') as { requirements: { id: string; requirement: string; shapes: string }[] }
const states = readData('states.json') as Record<string, { state: string }>

describe('the features', () => {
  it('that are announced, and by whom, are those of the table, under each role that their file names [AP-FEAT-01 AP-FEAT-02]', async () => {
    const built = Object.entries(FEATURES).filter(([, [roles]]) => roles !== '')
    expect(await announced()).toEqual(Object.fromEntries(built.map(([feature, [roles]]) => [feature, roles])))
  })

  it('of the specification are all in the table', () => {
    const named = requirements.flatMap(({ requirement, shapes }) =>
      requirement.startsWith('Announced by') ? (/^`(\w+)`/.exec(shapes)?.[1] ?? []) : [],
    )
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((name) => !(name in FEATURES))).toEqual([])
  })

  const claimed = claimedRows()
  it.each(Object.entries(FEATURES))('agree with the rows that tests show: %s [AP-FEAT-01 AP-FEAT-02]', (_feature, [roles, rows]) => {
    for (const row of rows.split(' ')) {
      expect(requirements.some(({ id }) => id === row)).toBe(true)
      expect([row, claimed.has(row)]).toEqual([row, roles !== ''])
      expect([row, states[row]?.state]).toEqual([row, roles === '' ? 'not built' : undefined])
    }
  })
})
