// The entry of @trunkline/client/testament: events that the router publishes when a session ends.

import { check, checkNamed } from './checks.ts'
import { checkPayload } from './passthru.ts'
import type { CallResult, Args, Kwargs } from './results.ts'
import type { PublishOptions } from './options.ts'

/** When a testament is published: when the session's connection is lost, or when the session has ended. */
export type TestamentScope = 'detached' | 'destroyed'

export interface TestamentOptions {
  /** Default `destroyed`. Without session resumption both happen at once, `detached` first. */
  readonly scope?: TestamentScope | undefined
  readonly publishOptions?: Omit<PublishOptions, 'acknowledge'> | undefined
}

/** A session or a client. */
export interface TestamentCaller {
  call(procedure: string, args?: Args, kwargs?: Kwargs): Promise<CallResult>
}

/**
 * Has the router publish an event when this session ends for any reason (specification: "Session Testament"). With a
 * client that reconnects it belongs to the current session: add it again in each.
 * @throws {UsageError} for arguments of the wrong kind
 */
export async function addTestament(
  session: TestamentCaller,
  topic: string,
  args: Args = [],
  kwargs: Kwargs = {},
  options: TestamentOptions = {},
): Promise<void> {
  check('topic', topic, 'string')
  checkPayload(args, kwargs)
  checkNamed('options', options, 'scope:string publishOptions:dict')
  const { scope, publishOptions } = options
  const more = {
    ...(scope === undefined ? {} : { scope }),
    ...(publishOptions === undefined ? {} : { publish_options: publishOptions }),
  }
  await session.call('wamp.session.add_testament', [topic, args, kwargs], more)
}

/** Removes all testaments of a scope. Default `destroyed`. */
export async function flushTestaments(session: TestamentCaller, scope?: TestamentScope): Promise<void> {
  check('scope', scope, 'string|undefined')
  await session.call('wamp.session.flush_testaments', [], scope === undefined ? {} : { scope })
}
