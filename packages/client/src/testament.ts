// The entry of @trunkline/client/testament: events that the router publishes when a session ends.

import { check, checkNamed } from './checks.ts'
import { checkPayload } from './passthru.ts'
import { PUBLISH } from '@trunkline/protocol'
import type { KeywordOptions, PublishOptions } from './options.ts'
import { given, wireOptions } from './options.ts'
import type { Args } from './results.ts'

/** When a testament is published: when the session's connection is lost, or when the session has ended. */
export type TestamentScope = 'detached' | 'destroyed'

export interface TestamentOptions extends KeywordOptions {
  /** Default `destroyed`. Without session resumption both happen at once, `detached` first. */
  readonly scope?: TestamentScope | undefined
  /** As of `publish`. */
  readonly publishOptions?: Omit<PublishOptions, 'acknowledge' | 'kwargs'> | undefined
}

/** A session or a client. */
export interface TestamentCaller {
  call(procedure: string, args?: Args, options?: KeywordOptions): Promise<unknown>
}

/**
 * Has the router publish an event when this session ends for any reason (specification: "Session Testament"). With a
 * client that reconnects it belongs to the current session: add it again in each.
 * @throws {UsageError} for arguments of the wrong kind
 */
export function addTestament(session: TestamentCaller, topic: string, args?: Args, testament?: TestamentOptions): Promise<void>
export async function addTestament(
  session: TestamentCaller,
  topic: string,
  ...[values, testament, ...more]: [Args?, TestamentOptions?, ...unknown[]]
): Promise<void> {
  check('topic', topic, 'string')
  const { args, kwargs, options } = given(values, testament, more)
  checkPayload(args, kwargs)
  checkNamed('options', options, 'kwargs scope:string publishOptions:dict')
  const { scope, publishOptions } = options
  const keywords = {
    ...(scope === undefined ? {} : { scope }),
    ...(publishOptions === undefined ? {} : { publish_options: wireOptions(PUBLISH, publishOptions) }),
  }
  await session.call('wamp.session.add_testament', [topic, args, kwargs], { kwargs: keywords })
}

/** Removes all testaments of a scope. Default `destroyed`. */
export async function flushTestaments(session: TestamentCaller, scope?: TestamentScope): Promise<void> {
  check('scope', scope, 'string|undefined')
  await session.call('wamp.session.flush_testaments', [], { kwargs: scope === undefined ? {} : { scope } })
}
