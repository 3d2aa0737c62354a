// What a procedure returns.

import type { Dict } from './messages.ts'
import { EMPTY_DICT } from './messages.ts'

/**
 * The return value of a procedure when one positional value is not enough.
 *
 * @example
 * import { connect, Result } from '@trunkline/client'
 *
 * const client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
 * await client.register('com.example.split', ({ args }) => new Result(String(args[0]).split(' '), { separator: ' ' }))
 * await client.stop()
 */
export class Result {
  readonly args: readonly unknown[]
  readonly kwargs: Dict
  /** YIELD.Options, such as `pptScheme`. */
  readonly options: Dict

  constructor(args: readonly unknown[] = [], kwargs: Dict = {}, options: Dict = EMPTY_DICT) {
    this.args = args
    this.kwargs = kwargs
    this.options = options
  }
}
