// The procedures of reflection (specification: "Interface Reflection", which leaves arguments and results open). They show a caller
// only what it may use or offer.

import type { Dict, PayloadFormat } from '@trunkline/protocol'
import { ApplicationError, isForRouter, Payload, uris } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import type { Dealer } from '../calls/dealer.ts'
import type { Judge } from '../rights/judge.ts'
import { noteLimit, tooMuchKept } from '../state/limits.ts'
import type { Listed } from './listed.ts'
import { listFor, listForAll } from './listed.ts'
import type { KeptLists } from './kept-lists.ts'
import { ListRoom, TOO_LONG } from './list-room.ts'
import type { ListTurns, Steps } from './list-turns.ts'
import { ENTRIES_IN_A_STEP, sorted } from './list-turns.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import type { Action } from '../ports/rights.ts'
import { invalid, isDict, isString, optional, required } from './procedure-arguments.ts'
import type { RealmCluster } from '../state/realm-cluster.ts'
import { entriesOf } from './subscription-api.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { RealmSettings } from '../ports/settings.ts'
import type { Definition, DefinitionKind, DefinitionLimit, Definitions } from './reflection.ts'
import { DEFINITION_KINDS } from './reflection.ts'
import { copyOf } from '../state/stored-event.ts'
import { ownerOf } from '../state/owner.ts'
import type { Session } from '../state/session.ts'
import { RESERVED, uriFault } from '../matching/uri-check.ts'
import type { Sees, Visible } from '../rights/visibility.ts'
import { OF_PROCEDURES, OF_TOPICS, seesRegistrations, seesSubscriptions } from '../rights/visibility.ts'
import { whenAllowed } from './when-allowed.ts'

/** What these procedures need from their realm. */
export interface ReflectedRealm {
  readonly broker: Broker
  readonly dealer: Dealer
  readonly definitions: Definitions
  /** The other nodes; undefined where this router stands alone. */
  readonly cluster: RealmCluster | undefined
  readonly judge: Judge
  readonly sessions: ReadonlyMap<number, Session>
  readonly lists: KeptLists
  readonly listTurns: ListTurns
}

/** The procedures by their URI. */
export function reflectionProcedures(
  realm: ReflectedRealm,
  context: RealmContext,
  format: PayloadFormat,
): ReadonlyMap<string, OwnProcedure> {
  const find = (caller: number): Session => {
    const session = realm.sessions.get(caller)
    if (session === undefined) throw new ApplicationError(uris.NO_SUCH_SESSION)
    return session
  }
  const byKind = DEFINITION_KINDS.flatMap((kind): [string, OwnProcedure][] => [
    [`wamp.reflection.${kind}.list`, (_, _kwargs, caller) => list(realm, find(caller), kind)],
    [`wamp.reflection.${kind}.describe`, ([uri], _, caller) => [describe(realm, find(caller), [kind], required(uri, isString, 'a URI'))]],
  ])
  return new Map<string, OwnProcedure>([
    ...byKind,
    [
      'wamp.reflect.define',
      (args, kwargs, caller) => define(realm, context, find(caller), readDescribed(context.settings, format, args, kwargs)),
    ],
    [
      'wamp.reflect.describe',
      ([uri], kwargs, caller) => {
        const kinds = kwargs['kind'] === undefined ? DEFINITION_KINDS : [kindOf(kwargs)]
        return [describe(realm, find(caller), kinds, required(uri, isString, 'a URI'))]
      },
    ],
  ])
}

/** What exists and what is defined, as far as the caller may use or offer it. */
function list(realm: ReflectedRealm, viewer: Session, kind: DefinitionKind): OwnOutcome {
  if (kind !== 'error') return listFor(realm, viewer, () => listedOf(realm, kind))
  const { definitions } = realm
  return listForAll(realm, () => ({
    name: 'errors',
    version: definitions.version,
    entries: definitions.count('error'),
    list: () => named(definitions.uris('error'), () => true),
  }))
}

function listedOf(realm: ReflectedRealm, kind: 'procedure' | 'topic'): Listed {
  const { broker, dealer, definitions, cluster } = realm
  const ofOthers = kind === 'topic' ? cluster : undefined
  const [table, live, held, actions] =
    kind === 'procedure'
      ? ([dealer, dealer.registrations, (viewer: Session) => viewer.registrations, OF_PROCEDURES] as const)
      : ([broker, broker.subscriptions, (viewer: Session) => viewer.subscriptions, OF_TOPICS] as const)
  return {
    name: `defined ${kind}s`,
    // All versions only grow.
    version: table.version + definitions.version + (ofOthers?.subscriptionsVersion ?? 0),
    entries: live.size + definitions.count(kind) + (ofOthers?.subscriptionCount ?? 0),
    actions,
    *own(viewer) {
      for (const entry of held(viewer).values()) if (entry.match === 'exact') yield entry
      for (const definition of definitions.of(viewer)) if (definition.kind === kind) yield defined(definition.uri)
    },
    sees: (viewer) => {
      const isVisible = visibility(realm, viewer, kind)
      return ({ uri }) => isVisible(uri)
    },
    list: (sees) => named(exactOf(realm, kind), sees),
  }
}

/** The URIs that are seen, sorted. */
function* named(uris: Iterable<string>, sees: Sees): Steps<string[] | typeof TOO_LONG> {
  const seen: string[] = []
  const room = new ListRoom()
  let looked = 0
  for (const uri of uris) {
    if (sees(defined(uri))) {
      if (!room.take(uri.length)) return TOO_LONG
      seen.push(uri)
    }
    if (++looked % ENTRIES_IN_A_STEP === 0) yield
  }
  const all = yield* sorted(seen)
  // What was defined, and undefined and registered between two steps, was met twice.
  return all.filter((uri, i) => uri !== all[i - 1])
}

/** The URIs of what is defined and what exists. */
function* exactOf({ broker, dealer, definitions, cluster }: ReflectedRealm, kind: 'procedure' | 'topic'): Iterable<string> {
  yield* definitions.uris(kind)
  const live = kind === 'procedure' ? dealer.registrations.values() : entriesOf(broker, cluster)
  for (const { uri, match } of live) if (match === 'exact' && definitions.get(kind, uri) === undefined) yield uri
}

/** The first description among several kinds; null where there is none that the caller may see. */
function describe(realm: ReflectedRealm, viewer: Session, kinds: readonly DefinitionKind[], uri: string): Dict | null {
  for (const kind of kinds) {
    const definition = realm.definitions.get(kind, uri)
    if (definition !== undefined && visibility(realm, viewer, kind)(uri)) return { uri, kind, description: descriptionIn(definition) }
  }
  return null
}

function descriptionIn({ payload }: Definition): unknown {
  // Decoded from a copy, so that the definition does not keep the decoded values.
  return copyOf(payload).args[0]
}

/** Shows the same as the meta API, and to each session its own definitions. Every caller may see all errors. */
function visibility(
  { broker, dealer, definitions, judge }: ReflectedRealm,
  viewer: Session,
  kind: DefinitionKind,
): (uri: string) => boolean {
  if (kind === 'error') return () => true
  const [index, sees] =
    kind === 'procedure' ? [dealer.index, seesRegistrations(judge, viewer)] : [broker.index, seesSubscriptions(judge, viewer)]
  return (uri) => definitions.get(kind, uri)?.owner === viewer || sees(index.get('exact', uri) ?? defined(uri))
}

/** An entry for a URI that may exist only as a definition: its id belongs to nothing. A literal, since there may be thousands. */
function defined(uri: string): Visible {
  return { id: 0, uri, match: 'exact' }
}

/** What a session describes, or describes no longer: then without payload. */
interface Described {
  readonly kind: DefinitionKind
  readonly uri: string
  readonly payload: Payload | undefined
}

function readDescribed(settings: RealmSettings, format: PayloadFormat, [target, description]: readonly unknown[], kwargs: Dict): Described {
  const kind = kindOf(kwargs)
  const uri = required(target, isString, 'a URI')
  const fault = isForRouter(uri) ? RESERVED : uriFault(uri, 'exact', settings)
  if (fault !== undefined) throw new ApplicationError(uris.INVALID_URI, [fault])
  const dict = optional(description, isDict, 'a dict that describes it, or null')
  return { kind, uri, payload: dict && Payload.fromRaw(format, format.encodeItems([[dict]]), 1) }
}

function define({ definitions, judge }: ReflectedRealm, context: RealmContext, owner: Session, described: Described): OwnOutcome {
  const { kind, uri, payload } = described
  const right = OFFERS[kind]
  const change = (): OwnResult => {
    if (!owner.isMember) throw new ApplicationError(uris.NO_SUCH_SESSION)
    // A right to offer something, which very many may have, is none to say in place of another what it is. For errors there is none at all.
    if (!isSameUser(definitions.get(kind, uri)?.owner ?? owner, owner)) throw new ApplicationError(uris.NOT_AUTHORIZED)
    const stamp = context.cluster?.stamp() ?? 0
    if (payload === undefined) definitions.undefine(kind, uri)
    else refusePast(definitions.define({ kind, uri, payload, owner, stamp }), context, owner)
    context.cluster?.defined(owner, { kind, uri, payload, stamp })
    return []
  }
  return right === undefined ? change() : whenAllowed(judge, owner, { action: right, uri, match: 'exact' }, change)
}

/** Sessions without a login are each a user of their own: others may come from the same network. */
function isSameUser(one: Session, other: Session): boolean {
  return one === other || (one.identity.authmethod !== 'anonymous' && ownerOf(one) === ownerOf(other))
}

function refusePast(limit: DefinitionLimit | undefined, context: RealmContext, owner: Session): void {
  if (limit === undefined) return
  if (limit === 'total') throw tooMuchKept(context, owner)
  const value = context.settings.limits[limit]
  noteLimit(context, owner, [limit, value])
  throw new ApplicationError(uris.LIMIT_EXCEEDED, [`more than ${value} ${limit}`], { limit, value })
}

function kindOf(kwargs: Dict): DefinitionKind {
  const wanted = optional(kwargs['kind'], isString, 'a kind') ?? 'procedure'
  const kind = DEFINITION_KINDS.find((each) => each === wanted)
  if (kind === undefined) throw invalid(`a kind: ${DEFINITION_KINDS.join(', ')}`)
  return kind
}

/** The right that a definition needs. */
const OFFERS: Readonly<Record<DefinitionKind, Action | undefined>> = { procedure: 'register', topic: 'publish', error: undefined }
