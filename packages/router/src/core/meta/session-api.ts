// The meta procedures about sessions (specification: "Session Meta API").

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, uris } from '@trunkline/protocol'
import type { RemoteSession } from '../state/realm-cluster.ts'
import { sessionDetails } from '../state/meta-events.ts'
import type { Session } from '../state/session.ts'
import { isShort, MOST_CHARACTERS, reasonOf } from './listed-entries.ts'
import { listForAll } from './listed.ts'
import { ListRoom, TOO_LONG, tooLong } from './list-room.ts'
import { ENTRIES_IN_A_STEP } from './list-turns.ts'
import type { Steps } from './list-turns.ts'
import type { MetaApiRealm } from './meta-realm.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import { isNumber, isString, isStrings, optional, required } from './procedure-arguments.ts'

export function sessionProcedures(realm: MetaApiRealm): [string, OwnProcedure][] {
  const list = (): OwnOutcome =>
    listForAll(realm, () => ({
      name: 'sessions',
      version: realm.membersVersion + (realm.cluster?.sessionsVersion ?? 0),
      entries: realm.sessions.size + (realm.cluster?.sessions.size ?? 0),
      list: () => idsOfMembers(realm, undefined),
    }))
  const listSome = (roles: readonly string[], answer: (ids: readonly number[]) => OwnResult): OwnOutcome =>
    realm.listTurns.make(
      realm.sessions.size + (realm.cluster?.sessions.size ?? 0),
      () => idsOfMembers(realm, roles),
      (ids) => {
        if (ids === TOO_LONG) throw tooLong()
        return answer(ids)
      },
      () => listSome(roles, answer),
    )
  const find = (id: unknown): Member => {
    const wanted = required(id, isNumber, 'a session id')
    const session = realm.sessions.get(wanted) ?? realm.cluster?.sessions.get(wanted)
    if (session === undefined || ('isInternal' in session && session.isInternal)) throw new ApplicationError(uris.NO_SUCH_SESSION)
    return session
  }
  const killAll = (sessions: readonly Member[], kwargs: Dict, caller: number, isQuiet = false): number[] => {
    const { reason, message } = closing(kwargs)
    const others = sessions.filter((session) => session.id !== caller)
    // Other nodes know it before they see what the end of sessions of here causes.
    for (const each of others) if (!isHere(each)) realm.cluster?.kill(each, reason, message, isQuiet)
    realm.killAll(others.filter(isHere), reason, message, isQuiet)
    return others.map(({ id }) => id)
  }
  return [
    [
      'wamp.session.count',
      ([filter]) => {
        const roles = optional(filter, isStrings, 'a list of authroles')
        return roles === undefined ? [realm.sessionCount] : listSome(roles, ({ length }) => [length])
      },
    ],
    [
      'wamp.session.list',
      ([filter]) => {
        const roles = optional(filter, isStrings, 'a list of authroles')
        return roles === undefined ? list() : listSome(roles, (ids) => [ids])
      },
    ],
    ['wamp.session.get', ([id]) => [detailsOf(find(id))]],
    [
      'wamp.session.kill',
      ([id], kwargs, caller) => {
        const session = find(id)
        if (session.id === caller) throw new ApplicationError(uris.NO_SUCH_SESSION)
        killAll([session], kwargs, caller)
        return []
      },
    ],
    [
      'wamp.session.kill_by_authid',
      ([authid], kwargs, caller) => {
        const wanted = required(authid, isString, 'an authid')
        return [
          killAll(
            members(realm).filter((session) => session.identity.authid === wanted),
            kwargs,
            caller,
          ),
        ]
      },
    ],
    [
      'wamp.session.kill_by_authrole',
      ([authrole], kwargs, caller) => {
        const wanted = required(authrole, isString, 'an authrole')
        return [
          killAll(
            members(realm).filter((session) => session.identity.authrole === wanted),
            kwargs,
            caller,
          ).length,
        ]
      },
    ],
    ['wamp.session.kill_all', (_, kwargs, caller) => [killAll(members(realm), kwargs, caller, true).length]],
  ]
}

/** A session of a client, of this node or another one. */
type Member = Session | RemoteSession

function isHere(member: Member): member is Session {
  return !('node' in member)
}

function detailsOf(member: Member): Record<string, unknown> {
  return sessionDetails(isHere(member) ? member : { ...member, transport: { kind: member.transport } })
}

/** The sessions of the router itself are among them. */
function* everyone({ sessions, cluster }: MetaApiRealm): Iterable<Member> {
  yield* sessions.values()
  if (cluster !== undefined) yield* cluster.sessions.values()
}

function isOfClient(member: Member): boolean {
  return !isHere(member) || !member.isInternal
}

function members(realm: MetaApiRealm): Member[] {
  return [...everyone(realm)].filter(isOfClient)
}

/** The ids of the sessions of clients, of some authroles if these are given. */
function* idsOfMembers(realm: MetaApiRealm, roles: readonly string[] | undefined): Steps<readonly number[] | typeof TOO_LONG> {
  const wanted = roles && (yield* rolesAmong(realm, roles))
  const ids: number[] = []
  const room = new ListRoom()
  let looked = 0
  for (const member of everyone(realm)) {
    if (isOfClient(member) && wanted?.has(member.identity.authrole) !== false) {
      if (!room.take()) return TOO_LONG
      ids.push(member.id)
    }
    if (++looked % ENTRIES_IN_A_STEP === 0) yield
  }
  return ids
}

/** The list may be long: each of its names is looked up among the roles that there are, which its sender did not choose. */
function* rolesAmong(realm: MetaApiRealm, roles: readonly string[]): Steps<ReadonlySet<string>> {
  const present = new Set<string>()
  let looked = 0
  for (const { identity } of everyone(realm)) {
    present.add(identity.authrole)
    if (++looked % ENTRIES_IN_A_STEP === 0) yield
  }
  return new Set(roles.filter((role) => present.has(role)))
}

/** The reason and message of a kill (specification: "Session Meta Procedures"). */
function closing(kwargs: Dict): { reason: string; message: string | undefined } {
  const reason = reasonOf(kwargs) ?? uris.KILLED
  return { reason, message: optional(kwargs['message'], isShort, `a message text of at most ${MOST_CHARACTERS} characters`) }
}
