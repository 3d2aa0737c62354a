// The entry of @trunkline/protocol: the only file that other packages may import.

export * from './messages.ts'
export * from './payload.ts'
export * from './payload-forms.ts'
export * from './sendable.ts'
export * from './errors.ts'
export * from './result.ts'
export * from './request-options.ts'
export * from './contract-symbols.ts'
export * from './codec.ts'
export * from './ids.ts'
export * from './message-table.ts'
export * from './message-answers.ts'
export * from './header-limits.ts'
export * from './new-dict.ts'
export * from './kept-text.ts'
export * from './trace-context.ts'
export * from './uri.ts'
export * as uris from './error-uris.ts'
export * from './error-uris.ts'
export {
  AFTER,
  AGAIN,
  CLEAR_RETAINED,
  CONTRACT_VIOLATION,
  DEAD_LETTER,
  DURABLE,
  DURABLE_ADMIN,
  DURABLE_DELETE,
  DURABLE_GET,
  DURABLE_LIST,
  DURABLE_PAUSE,
  DURABLE_RESUME,
  DURABLE_SEEK,
  EPOCH,
  GAP,
  LIMITS,
  NOT_STORED,
  ON_GAP,
  ON_NODE_BACK,
  ON_NODE_LOST,
  OWN_NAMES,
  POSITION,
  PUBLICATION_KEY,
  REASON,
  RECOVERED,
  REDELIVERED,
  RELOAD,
  RELOAD_FAILED,
  FORGET_LOGINS,
  LOG_OUT,
  RENEW_TOKEN,
  REPLACES,
  RESUME,
  SHARD,
  SUBSCRIPTION,
  UP_TO,
  TRACEPARENT,
  TRACESTATE,
  SLOWEST_SESSIONS,
  TAKEN_OVER,
} from './own-names.ts'
export type { OwnName } from './own-names.ts'
export * from './encoded.ts'
export * from './text.ts'
export * from './batch.ts'
export * from './serializers/serializer.ts'
export { Strings } from './serializers/strings.ts'
export * from './features.ts'
export * from './session-rules.ts'
export * from './handshake-router.ts'
export * from './lasting.ts'
export * from './rawsocket.ts'
export * from './partial-frame.ts'
export * from './websocket-frames.ts'
export * from './handshake-client.ts'
export * from './serializers/json.ts'
export * from './serializers/msgpack.ts'
export * from './serializers/cbor.ts'
export * from './serializers/convert.ts'
export * from './scram.ts'
export * from './saslprep.ts'
export * from './channel-binding.ts'
