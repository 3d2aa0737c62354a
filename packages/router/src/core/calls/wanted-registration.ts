// What a REGISTER asks for, and why it may be refused. Changes nothing.

import type { MatchPolicy, RegisterMessage } from '@trunkline/protocol'
import { isForRouter, matchPolicy, REGISTER, SHARD, uris } from '@trunkline/protocol'
import type { PatternIndex } from '../matching/pattern-index.ts'
import { RESERVED } from '../matching/uri-check.ts'
import type { RealmSettings } from '../ports/settings.ts'
import { sendConflict, sendError } from '../state/answers.ts'
import { refusesDisclosure } from '../state/disclosure.ts'
import type { InvocationPolicy, Registration } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import type { ShardSet } from '../state/shard-set.ts'
import { readShards, shardFault } from '../state/sharding.ts'
import { invocationPolicy } from './invocation-policy.ts'

export interface WantedRegistration {
  readonly procedure: string
  readonly match: MatchPolicy
  readonly invoke: InvocationPolicy
  readonly isDisclosureWanted: boolean
  /** Undefined where it names no shards, or where the option is not a list of shards. */
  readonly shards: ShardSet | undefined
  readonly areShardsValid: boolean
  /** The registration that it replaces by force. The right to do that was checked before (realm.ts). */
  readonly taken: Registration | undefined
  /** The registration that it joins. */
  readonly shared: Registration | undefined
}

/** Why a REGISTER is refused: an error, or a conflict with another registration. */
type Fault = { readonly error: string; readonly text?: string } | { readonly conflict: Registration; readonly why: string }

/** @param message a REGISTER with a checked URI */
export function readRegistration(
  { options, procedure }: RegisterMessage,
  index: Pick<PatternIndex<Registration>, 'get'>,
): WantedRegistration {
  const match = matchPolicy(options)
  const invoke = invocationPolicy(options['invoke'])
  const listed = invoke === '_sharded' ? (options[SHARD] ?? undefined) : undefined
  const shards = listed === undefined ? undefined : readShards(listed)
  const held = index.get(match, procedure)
  const isTakeover = options['force_reregister'] === true
  return {
    procedure,
    match,
    invoke,
    isDisclosureWanted: options['disclose_caller'] === true,
    shards,
    areShardsValid: listed === undefined || shards !== undefined,
    taken: isTakeover ? held : undefined,
    shared: isTakeover ? undefined : held,
  }
}

/** Why a registration is refused, apart from its URI and the limits. */
export function registrationFault(session: Session, wanted: WantedRegistration, settings: RealmSettings): Fault | undefined {
  const { procedure, invoke, shards, shared } = wanted
  if (isForRouter(procedure) && !session.isInternal) return { error: uris.INVALID_URI, text: RESERVED }
  if (refusesDisclosure(wanted.isDisclosureWanted, settings) && !session.isInternal) return { error: uris.OPTION_NOT_ALLOWED }
  if (!wanted.areShardsValid) return { error: uris.INVALID_ARGUMENT, text: `${SHARD} must be a list of 1 to 1024 integers from 0 to 1023` }
  if (shared === undefined) return undefined
  if (shared.invoke === 'single' || shared.invoke !== invoke)
    return { conflict: shared, why: `already registered with invoke '${shared.invoke}'` }
  const why = invoke === '_sharded' ? shardFault(shared, session, shards) : undefined
  return why === undefined ? undefined : { conflict: shared, why }
}

export function refuseRegistration(session: Session, request: number, fault: Fault): void {
  if ('conflict' in fault) sendConflict(session, request, fault.conflict, fault.why)
  else sendError(session, { type: REGISTER, request }, fault.error, fault.text)
}
