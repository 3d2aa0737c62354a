// What clients do not offer to their users. Data only.

import type { NotOffered } from './deviation.ts'

const NO_CHUNKS = 'has no call whose arguments go out in chunks'
const NO_CHUNKS_IN = 'has no procedure that takes a call in chunks'
const NO_PASSTHRU = 'has an older form of its own, payload transparency'
const NO_SCRAM = 'has no SCRAM'
const NO_OPTIONS = 'takes no options'
const NO_SUCH_OPTION = 'has no such option'
const TICKET_ONLY = 'has the logins anonymous and ticket only'
const NO_CRYPTOSIGN = 'has no signing for cryptosign'
const WITHOUT_SCRAM = { scram: NO_SCRAM, scram_autobahn: NO_SCRAM } as const
const WITH_TICKET_ONLY = {
  wampcra: TICKET_ONLY,
  wampcra_salted: TICKET_ONLY,
  cryptosign: TICKET_ONLY,
  scram: TICKET_ONLY,
  scram_autobahn: TICKET_ONLY,
} as const

export const NOT_OFFERED: NotOffered = {
  ours: {},
  'autobahn-js': {
    progressive_invocations: NO_CHUNKS,
    progressive_invocations_callee: NO_CHUNKS_IN,
    payload_passthru: 'has no payload passthru mode',
    scram: NO_SCRAM,
    scram_autobahn: NO_SCRAM,
  },
  wampy: {
    event_retention: 'sends no retain, so it cannot have an event kept',
    registration_revocation: 'sends no force_reregister, and leaves UNREGISTERED with request 0 unread',
    scram: NO_SCRAM,
    scram_autobahn: NO_SCRAM,
  },
  'autobahn-python': {
    progressive_invocations: NO_CHUNKS,
    progressive_invocations_callee: NO_CHUNKS_IN,
    cancel_skip: 'sends CANCEL without a mode only, which is killnowait',
    cancel_kill: 'sends CANCEL without a mode only, which is killnowait',
    caller_identification: 'sends no disclose_me',
    publisher_identification: 'sends no disclose_me',
    payload_passthru: NO_PASSTHRU,
    scram: 'knows SCRAM in a dialect of its own only, see the next row',
  },
  nexus: { cryptosign: NO_CRYPTOSIGN, ...WITHOUT_SCRAM },
  'xconn-go': WITHOUT_SCRAM,
  'xconn-core': WITHOUT_SCRAM,
  wamp_async: {
    call_timeout: NO_OPTIONS,
    pattern_registration: NO_OPTIONS,
    shared_registration: NO_OPTIONS,
    caller_identification: NO_OPTIONS,
    pattern_subscription: NO_OPTIONS,
    black_white_listing: NO_OPTIONS,
    publisher_exclusion: NO_OPTIONS,
    publisher_identification: NO_OPTIONS,
    event_retention: NO_OPTIONS,
    cryptosign: NO_CRYPTOSIGN,
    ...WITHOUT_SCRAM,
  },
  swampyer: { call_timeout: NO_SUCH_OPTION, ...WITH_TICKET_ONLY },
  jawampa: {
    call_timeout: NO_SUCH_OPTION,
    pattern_registration: NO_SUCH_OPTION,
    shared_registration: NO_SUCH_OPTION,
    black_white_listing: NO_SUCH_OPTION,
    publisher_identification: NO_SUCH_OPTION,
    event_retention: NO_SUCH_OPTION,
    ...WITH_TICKET_ONLY,
  },
  'autobahn-java': {
    caller_identification: NO_SUCH_OPTION,
    black_white_listing: NO_SUCH_OPTION,
    publisher_identification: NO_SUCH_OPTION,
    cryptosign: 'signs with a native library of Android, which its Maven package does not bring',
    ...WITHOUT_SCRAM,
  },
  'thruway.js': { cryptosign: NO_CRYPTOSIGN, ...WITHOUT_SCRAM },
}
