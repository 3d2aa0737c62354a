// What clients do differently from the specification, or where they lose a value. Each row changes what is expected, and one that no
// longer holds is a failure, so that it is noticed when the client changes. Nothing of our router or client belongs here.

import {
  bigintAsInteger,
  hasProtoKey,
  longIntegerAsBigint,
  longIntegerAsFloat,
  mapAsDict,
  mapped,
  octetsAsBufferDict,
  octetsAsText,
  octetsOf,
  renamed,
  tagged,
  textAsOctets,
} from './changes.ts'
import type { Deviation, FeatureDeviation, Step, ValueDeviation } from './deviation.ts'

const RECEIVES: readonly Step[] = ['receives arguments', 'receives result', 'receives event']
const CANCEL_ANSWERED = 'takes the ERROR that answers its CANCEL for a protocol violation and closes the connection with 3002'

const LATE_HANDLER = 'gives a subscription its handler some time after SUBSCRIBED, so that an event right behind it is lost'
const LATE_AND_DEAF = 'gives a subscription its handler some time after SUBSCRIBED, and reads nothing more after an event that comes before'
const OUT_OF_ORDER = 'hands each event to a goroutine of its own, so that events may change places'
const OUT_OF_ORDER_BY_TASKS = 'hands each event to a task of its own, so that events may change places'
const OUT_OF_ORDER_BY_THREADS = 'hands each event to a thread of its own, so that events may change places'
const OUT_OF_ORDER_BY_POOL = 'hands each event to a pool of threads, so that events may change places'
const OWN_ERROR = 'answers each failure of a procedure by an ERROR of its own, whatever the procedure says'
const ONE_RESULT = 'a procedure gives one value, without keywords'
const NEEDS_RESULT = 'fails at a RESULT without positional values'
const NO_ANSWER = /^nothing within/

const DEVIATIONS: readonly Deviation[] = [
  {
    client: 'autobahn-js',
    reason: 'msgpack5 throws at a key __proto__, out of the message handler: the process ends',
    serializers: ['msgpack'],
    steps: RECEIVES,
    cases: /__proto__/,
  },
  {
    client: 'autobahn-js',
    reason: 'JSON: a text received for octets is octets again when it is sent',
    serializers: ['json'],
    steps: ['sends result'],
    cases: /^binary/,
    becomes: (values) => mapped(values, textAsOctets),
  },
  {
    client: 'autobahn-js',
    reason: 'JSON: knows no octets, hands out the text that stands for them',
    serializers: ['json'],
    steps: RECEIVES,
    cases: /^binary/,
    becomes: (values) => mapped(values, octetsAsText),
  },
  {
    client: 'autobahn-js',
    reason: 'JSON: knows no octets, sends a Buffer as {type, data}',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: (?!1 MiB)/,
    becomes: (values) => mapped(values, octetsAsBufferDict),
  },
  {
    client: 'autobahn-js',
    reason: 'JSON: knows no octets, a Buffer of 1 MiB would be a message of more than 4 MiB',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: 1 MiB/,
  },
  {
    client: 'autobahn-js',
    reason: 'CBOR: hands out a dict with the key __proto__ as a Map',
    serializers: ['cbor'],
    steps: RECEIVES,
    cases: /^dict: key __proto__/,
    becomes: (values) => (hasProtoKey(values) ? { args: [{ $other: 'Map' }], kwargs: {} } : values),
  },
  {
    client: 'autobahn-js',
    reason: 'CBOR: a Map received for a dict is a dict again when it is sent',
    serializers: ['cbor'],
    steps: ['sends result'],
    cases: /^dict: key __proto__/,
    becomes: (values) => mapped(values, mapAsDict),
  },
  {
    client: 'autobahn-js',
    reason: 'an empty result and a result of one null are handed out alike',
    steps: ['receives result'],
    cases: /^nothing$/,
    becomes: () => ({ args: [null], kwargs: {} }),
  },
  {
    client: 'autobahn-js',
    reason: 'CBOR: hands out kwargs with the key __proto__ as a Map',
    serializers: ['cbor'],
    steps: RECEIVES,
    cases: /^kwargs: key __proto__/,
    becomes: (values) => (hasProtoKey(values) ? { args: values.args, kwargs: {} } : values),
  },
  { client: 'autobahn-js', feature: 'cancel_skip', shows: /a session ended/, reason: CANCEL_ANSWERED },
  { client: 'autobahn-js', feature: 'cancel_killnowait', shows: /a session ended/, reason: CANCEL_ANSWERED },
  {
    client: 'wampy',
    reason: 'JSON: knows no octets, sends a Buffer as {type, data}',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: (?!1 MiB)/,
    becomes: (values) => mapped(values, octetsAsBufferDict),
  },
  {
    client: 'wampy',
    reason: 'JSON: knows no octets, a Buffer of 1 MiB would be a message of more than 4 MiB',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: 1 MiB/,
  },
  {
    client: 'wampy',
    reason: 'JSON: a text received for octets is octets again when it is sent',
    serializers: ['json'],
    steps: ['sends result'],
    cases: /^binary/,
    becomes: (values) => mapped(values, textAsOctets),
  },
  {
    client: 'wampy',
    reason: 'JSON: knows no octets, hands out the text that stands for them',
    serializers: ['json'],
    steps: RECEIVES,
    cases: /^binary/,
    becomes: (values) => mapped(values, octetsAsText),
  },
  {
    client: 'wampy',
    reason: 'MessagePack and CBOR: sends integers of more than 32 bits as floats',
    serializers: ['msgpack', 'cbor'],
    steps: ['sends arguments', 'sends result', 'sends event'],
    cases: /^integer/,
    becomes: (values) => mapped(values, longIntegerAsFloat),
  },
  {
    client: 'wampy',
    reason: 'CBOR: octets received are sent again with tag 64',
    serializers: ['cbor'],
    steps: ['sends result'],
    cases: /^binary/,
    becomes: (values) => mapped(values, (value) => (octetsOf(value) === undefined ? undefined : { $tag64: value })),
  },
  {
    client: 'wampy',
    reason: 'MessagePack: hands out integers of 64 bits as BigInt',
    serializers: ['msgpack'],
    steps: RECEIVES,
    cases: /^integer/,
    becomes: (values) => mapped(values, longIntegerAsBigint),
  },
  {
    client: 'wampy',
    reason: 'MessagePack: a BigInt is an integer when it is sent',
    serializers: ['msgpack'],
    steps: ['sends result'],
    cases: /^integer/,
    becomes: (values) => mapped(values, bigintAsInteger),
  },
  {
    client: 'wampy',
    reason: 'MessagePack and CBOR: a key __proto__ is renamed to __proto_',
    serializers: ['msgpack', 'cbor'],
    steps: RECEIVES,
    cases: /__proto__/,
    becomes: (values) => renamed(values),
  },
  {
    client: 'wampy',
    feature: 'progressive_invocations_callee',
    shows: /feature_not_supported/,
    reason:
      'as callee announces neither progressive call invocations nor call canceling, so the router answers `wamp.error.feature_not_supported`, as the specification wants',
  },
  {
    client: 'wampy',
    feature: 'publisher_exclusion',
    shows: NO_ANSWER,
    reason: 'sends exclude_me only when it is true, so a publisher cannot ask for its own events',
  },
  {
    client: 'wampy',
    feature: 'payload_passthru',
    serializers: ['json'],
    shows: /nothing within/,
    reason: 'wampy knows no octets there, so what it packed does not come back as octets',
  },
  {
    client: 'autobahn-python',
    reason: 'an empty result and a result of one None are handed out alike',
    steps: ['receives result'],
    cases: /^nothing$/,
    becomes: () => ({ args: [null], kwargs: {} }),
  },
  {
    client: 'autobahn-python',
    reason: 'CBOR: hands out octets with tag 64 as a CBORTag',
    serializers: ['cbor'],
    steps: RECEIVES,
    cases: /^binary/,
    becomes: (values) => mapped(values, (value) => (tagged(value) === undefined ? undefined : { $other: 'CBORTag' })),
  },
  {
    client: 'autobahn-python',
    feature: 'registration_revocation',
    shows: /reports that a registration was revoked/,
    reason: 'reads that the router took a registration away, and goes on showing it as active',
  },
  { client: 'nexus', feature: 'event_retention', shows: NO_ANSWER, reason: LATE_HANDLER, isOccasional: true },
  { client: 'xconn-go', feature: 'event_retention', shows: NO_ANSWER, reason: LATE_AND_DEAF, isOccasional: true },
  // Others join and leave at any time.
  { client: 'xconn-go', feature: 'session_meta', shows: NO_ANSWER, reason: LATE_AND_DEAF, isOccasional: true },
  { client: 'xconn-go', feature: 'event_order', shows: /^the order/, reason: OUT_OF_ORDER, isOccasional: true },
  {
    client: 'xconn-go',
    feature: 'call_timeout',
    shows: NO_ANSWER,
    reason: 'announces call canceling as callee, and reads nothing more after an INTERRUPT',
  },
  { client: 'wamp_async', feature: 'calls', shows: /^the error: "wamp\.async/, reason: OWN_ERROR },
  { client: 'wamp_async', feature: 'keyword_values', shows: /the error: "wamp\.async/, reason: OWN_ERROR },
  {
    client: 'wamp_async',
    feature: 'with_ours',
    shows: /^from\.keywords: the values of the error: \[\] \{\}/,
    reason: 'hands out the URI of an ERROR without its values',
  },
  { client: 'xconn-core', feature: 'event_order', shows: /^the order/, reason: OUT_OF_ORDER_BY_TASKS, isOccasional: true },
  { client: 'swampyer', feature: 'event_order', shows: /^the order/, reason: OUT_OF_ORDER_BY_THREADS, isOccasional: true },
  { client: 'swampyer', feature: 'calls', shows: /does not hand out/, reason: ONE_RESULT },
  { client: 'swampyer', feature: 'keyword_values', shows: /does not hand out/, reason: ONE_RESULT },
  { client: 'swampyer', feature: 'event_retention', shows: NO_ANSWER, reason: LATE_HANDLER, isOccasional: true },
  { client: 'swampyer', feature: 'testaments', shows: /list index/, reason: NEEDS_RESULT },
  { client: 'swampyer', feature: 'session_meta', shows: /list index/, reason: NEEDS_RESULT },
  { client: 'swampyer', feature: 'with_ours', shows: /list index/, reason: NEEDS_RESULT },
  { client: 'autobahn-java', feature: 'event_order', shows: /^the order/, reason: OUT_OF_ORDER_BY_POOL, isOccasional: true },
  {
    client: 'autobahn-java',
    feature: 'pattern_registration',
    shows: /^a call by prefix: \["prefix","[^"]*\.prefix"\]/,
    reason: 'shows a procedure the pattern in place of the URI that was called',
  },
  { client: 'autobahn-java', feature: 'testaments', shows: NO_ANSWER, reason: NEEDS_RESULT },
  { client: 'autobahn-java', feature: 'session_meta', shows: NO_ANSWER, reason: NEEDS_RESULT },
  { client: 'autobahn-java', feature: 'with_ours', shows: NO_ANSWER, reason: NEEDS_RESULT },
  {
    client: 'autobahn-java',
    feature: 'wampcra_salted',
    shows: /authentication_denied/,
    reason: 'signs with the secret as it is, whatever the challenge says of a salt',
  },
  { client: 'thruway.js', feature: 'calls', shows: /invocation_exception/, reason: ONE_RESULT },
  { client: 'thruway.js', feature: 'keyword_values', shows: /invocation_exception/, reason: ONE_RESULT },
  { client: 'thruway.js', feature: 'events', shows: /has one value/, reason: 'a publication has one value, without keywords' },
  {
    client: 'thruway.js',
    feature: 'with_ours',
    shows: /^from\.keywords: the values of the error: \[\{"uri"/,
    reason: 'adds the URI to the positional values of an ERROR, and hands out none of its keyword values',
  },
]

/** Those of values between pairs of clients. */
export const VALUE_DEVIATIONS: readonly ValueDeviation[] = DEVIATIONS.filter((row) => 'steps' in row)
/** Those of scenarios. */
export const FEATURE_DEVIATIONS: readonly FeatureDeviation[] = DEVIATIONS.filter((row) => 'feature' in row)
