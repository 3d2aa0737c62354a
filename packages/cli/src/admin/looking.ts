// The procedures by which operators look at live traffic: each call is a look, which ends with it.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { Context, In } from '@trunkline/contract'
import type { Router } from '@trunkline/router'
import type { LeveledLog } from '../leveled-log.ts'
import type { adminApi } from './admin-contract.ts'
import type { GraphWish, Picture } from './graph.ts'
import { DEFAULT_SECONDS, DEFAULT_TOP, Graph } from './graph.ts'
import type { ShownPayload } from './shown-payload.ts'
import type { Reader, TailPart, TailWish } from './tail.ts'
import { DEFAULT_RATE, Tail } from './tail.ts'
import type { Traffic } from './traffic.ts'
import { TICKS_A_SECOND } from './traffic.ts'
import { MergedLines } from './nodes/merged-lines.ts'
import { mergedPicture, withSubscribers } from './nodes/merged-picture.ts'
import type { OverNodes } from './nodes/over-nodes.ts'
import { Polling } from './nodes/polling.ts'

export interface LookingParts {
  readonly router: Router
  readonly log: LeveledLog
  readonly traffic: Traffic
  /** The realm in which the API is offered. */
  readonly realm: string
  readonly over: OverNodes
}

/** A call with progressive results. */
export type Asking<Part> = Context & { progress(part: Part): boolean }

/** What operators see: of all processes, and which of them are missing. */
export type ShownTail = In<typeof adminApi.view.tail.spec.progress>
export type ShownPicture = In<typeof adminApi.view.graph.spec.result>

/** Octets that may be queued for an operator who looks; what comes meanwhile is dropped. */
const MOST_QUEUED = 65_536

/** Sends lines until the caller cancels or leaves; then it rejects with the reason of the signal. */
export function showTail(parts: LookingParts, wish: TailWish, asking: Asking<ShownTail>, payload?: () => ShownPayload): Promise<never> {
  if (asking.details['receive_progress'] !== true) {
    throw new ApplicationError(uris.INVALID_ARGUMENT, ['lines come as progressive results: call it with progress'])
  }
  return new Promise((_, reject) => {
    const reader = {
      send: (part: ShownTail) => {
        if (mayLook(parts, asking)) return void asking.progress(part)
        end()
        reject(notAuthorized(asking))
      },
      hasRoom: () => hasRoom(parts, asking),
    }
    const { over } = parts
    const start = over.hasOthers
      ? () => tailOfAll(over, { wish, session: sessionOf(asking), hasPayload: payload !== undefined }, reader, reject)
      : () => tailOfOne(parts, wish, reader, { session: sessionOf(asking), payload })
    const end = begin(parts, start, asking, reject)
  })
}

/** Sends pictures until the caller cancels or leaves; resolves to the first one where the caller wants no progressive results. */
export function showGraph(parts: LookingParts, wish: GraphWish, asking: Asking<ShownPicture>): Promise<ShownPicture> {
  return new Promise((resolve, reject) => {
    const send = (picture: ShownPicture): void => {
      const isAllowed = mayLook(parts, asking)
      if (isAllowed && asking.progress(picture)) return
      end()
      if (isAllowed) resolve(picture)
      else reject(notAuthorized(asking))
    }
    const reader = { send, hasRoom: () => hasRoom(parts, asking) }
    const { over, router, traffic } = parts
    const start = (): (() => void) => {
      if (over.hasOthers) return graphOfAll(over, { wish, session: sessionOf(asking) }, reader, reject)
      const one = { ...reader, send: (picture: Picture) => send({ ...picture, missing: [] }) }
      return traffic.add(new Graph(wish, one, router), sessionOf(asking))
    }
    const end = begin(parts, start, asking, reject)
  })
}

function tailOfOne(
  { traffic }: LookingParts,
  wish: TailWish,
  reader: Reader<ShownTail>,
  { session, payload }: { readonly session: number; readonly payload: (() => ShownPayload) | undefined },
): () => void {
  const one = { ...reader, send: (part: TailPart) => reader.send({ ...part, missing: [] }) }
  const end = traffic.add(new Tail(wish, one, payload), session)
  // Tells the caller that it has begun.
  one.send({ lines: [], skipped: 0 })
  return end
}

/** The lines of all processes, in the order of time. */
function tailOfAll(
  over: OverNodes,
  wanted: { readonly wish: TailWish; readonly session: number; readonly hasPayload: boolean },
  reader: Reader<ShownTail>,
  onFault: (error: unknown) => void,
): () => void {
  const ask = { ...wanted, key: over.newKey() }
  const lines = new MergedLines(2 * Math.ceil((wanted.wish.rate ?? DEFAULT_RATE) / TICKS_A_SECOND))
  let [missed, isFirst] = ['', true]
  return new Polling<TailPart>({
    everyMs: 1_000 / TICKS_A_SECOND,
    gather: () => over.gather('tail', ask),
    isWanted: () => reader.hasRoom(),
    take: ({ parts, missing }, at) => {
      const part = lines.take(parts, at)
      const isNew = isFirst || part.lines.length + part.skipped > 0 || missing.join() !== missed
      ;[missed, isFirst] = [missing.join(), false]
      if (isNew) reader.send({ ...part, missing })
    },
    onFault,
    onEnd: () => over.tell('endLook', { key: ask.key }),
  }).start()
}

/** Pictures of what all processes have seen. */
function graphOfAll(
  over: OverNodes,
  { wish, session }: { readonly wish: GraphWish; readonly session: number },
  reader: Reader<ShownPicture>,
  onFault: (error: unknown) => void,
): () => void {
  const ask = { wish, session, key: over.newKey() }
  let isFirst = true
  return new Polling<Picture>({
    everyMs: 1_000 * (wish.seconds ?? DEFAULT_SECONDS),
    gather: () => over.gather('graph', ask),
    isWanted: () => true,
    take: ({ parts, missing }) => {
      // The looks have just begun.
      if (isFirst) return void (isFirst = false)
      const picture = mergedPicture(
        parts.map(({ answer }) => answer),
        wish.top ?? DEFAULT_TOP,
      )
      over.gather('subscribers', { by: wish.by, topics: picture.publications }).then((subscribers) => {
        const all = subscribers.parts.map(({ answer }) => answer)
        if (reader.hasRoom()) reader.send({ ...withSubscribers(picture, all), missing })
      }, onFault)
    },
    onFault,
    onEnd: () => over.tell('endLook', { key: ask.key }),
  }).start()
}

/** Looks until the caller cancels or leaves. @returns ends the look before */
function begin(
  parts: LookingParts,
  start: () => () => void,
  { caller, signal, procedure }: Context,
  reject: (reason: unknown) => void,
): () => void {
  signal.throwIfAborted()
  const end = start()
  const onAbort = (): void => {
    end()
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  parts.log.info('traffic watched', {
    area: 'admin',
    procedure,
    by: caller?.session,
    byAuthid: caller?.authid,
    byAuthrole: caller?.authrole,
  })
  return () => {
    signal.removeEventListener('abort', onAbort)
    end()
  }
}

function sessionOf({ caller }: Context): number {
  return caller?.session ?? 0
}

/** Whether the caller still has the right: a reload may have taken it. */
function mayLook({ router, realm }: LookingParts, { caller, procedure }: Context): boolean {
  return caller === undefined || router.realm(realm)?.may(caller.session, 'call', procedure, 'exact') !== false
}

function notAuthorized({ procedure }: Context): ApplicationError {
  return new ApplicationError(uris.NOT_AUTHORIZED, [`call ${procedure}`])
}

/** A slow reader must neither be closed for what it did not ask for again and again, nor hold memory. */
function hasRoom({ router, realm }: LookingParts, { caller }: Context): boolean {
  const backlog = caller === undefined ? undefined : router.realm(realm)?.sessionRow(caller.session)?.backlog
  return backlog === undefined || backlog.eventBytes + backlog.replyBytes <= MOST_QUEUED
}
