// The commands that a process of a pair understands: one line of JSON each, `{number, command}`, answered by
// `{number, value}` or `{number, failure}`. Those of the programs in conformance/clients/README.md are others. Types only.

import type { Neutral } from './value.ts'

export interface NeutralValues {
  readonly args: readonly Neutral[]
  readonly kwargs: { readonly [key: string]: Neutral }
}

/** Why a command failed: `uri` and `values` of a WAMP ERROR, or the library's own text. */
export interface Failure {
  readonly uri?: string
  readonly values?: NeutralValues
  readonly text?: string
}

/** `session` is a name that the driver chooses. */
export type Command =
  | { readonly op: 'join'; readonly session: string; readonly url: string; readonly realm: string; readonly serializer: string }
  | { readonly op: 'publish'; readonly session: string; readonly uri: string; readonly values: NeutralValues; readonly options?: Options }
  | { readonly op: 'call'; readonly session: string; readonly uri: string; readonly values: NeutralValues }
  // `registerEcho`: the procedure returns its arguments, which `seen` returns too. `collect`: subscribes, for `seen`.
  | { readonly op: UriOp; readonly session: string; readonly uri: string }
  | {
      readonly op: 'registerFailing'
      readonly session: string
      readonly uri: string
      readonly error: string
      readonly values: NeutralValues
    }
  // `publishMany`: 0 … count - 1. `seen`: waits for `count` invocations or events, returns all since the last time.
  // `sequence`: waits for `count` events of `subscribeSequence`, returns `{count, fault}`.
  | { readonly op: 'publishMany' | 'seen' | 'sequence'; readonly session: string; readonly uri: string; readonly count: number }
  | { readonly op: 'failToSend' | 'cutAndComeBack' | 'close'; readonly session: string }

type UriOp = 'registerEcho' | 'unregister' | 'collect' | 'subscribeSequence' | 'unsubscribe' | 'callLongThenShort'
type Options = Readonly<Record<string, Neutral>>
