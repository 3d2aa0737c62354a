// The door @trunkline/client/testament: events that the router publishes for a session when that ends. Plain calls.

import { check, checkNamed } from './checks.ts'
import { checkPayload } from './passthru.ts'
import type { CallResult, Args, Kwargs } from './results.ts'
import type { PublishOptions } from './options.ts'

/** When a testament is published: when the session's connection is gone, or when the session is gone for good. */
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
 * Has the router publish an event when this session ends, however it ends (specification: "Session Testament"). With a
 * client that connects again it holds for the session of the moment: add it anew in each.
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

/** Takes all testaments of a scope back. Default `destroyed`. */
export async function flushTestaments(session: TestamentCaller, scope?: TestamentScope): Promise<void> {
  check('scope', scope, 'string|undefined')
  await session.call('wamp.session.flush_testaments', [], scope === undefined ? {} : { scope })
}
