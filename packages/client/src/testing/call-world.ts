// For tests: a session with calls() before a scripted router, and how its calls end. Not part of the package.

import { ApplicationError } from '@trunkline/protocol'
import { CallResult } from '../results.ts'
import type { Session } from '../session.ts'
import type { ManualClock, ScriptedRouter } from './scripted-router.ts'
import { openScripted, turn, WELCOME_DETAILS } from './scripted-router.ts'
import { calls } from '../calls/calls.ts'

/** A session with calls(), its scripted router and its clock. */
export interface CallWorld {
  readonly session: Session
  readonly router: ScriptedRouter
  readonly clock: ManualClock
  readonly told: unknown[]
}

/** Opens a session whose client has calls(). */
export async function openCalls(welcome: object = WELCOME_DETAILS): Promise<CallWorld> {
  const told: unknown[] = []
  const made = await openScripted({ calls: calls(), onError: (error, source) => told.push([source, String(error)]) }, welcome)
  return { ...made, told }
}

/** How a promise settled, as a word or two; 'open' when it has not. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  const settled = promise.then(
    (value) => `result ${String(value instanceof CallResult ? value.value : value)}`,
    (error: unknown) => (error instanceof ApplicationError ? error.uri : error instanceof Error ? error.name : String(error)),
  )
  await turn()
  return Promise.race([settled, Promise.resolve('open')])
}

/** The Details of WELCOME of a router whose dealer lacks a feature. */
export function withoutFeature(name: string): object {
  const { broker, dealer } = WELCOME_DETAILS.roles
  return { roles: { broker, dealer: { features: { ...dealer.features, [name]: 'yes' } } } }
}
