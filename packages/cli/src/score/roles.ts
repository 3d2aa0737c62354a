// What the clients of the checks announce: all that the checks use.

const CALLS = {
  progressive_call_results: true,
  progressive_call_invocations: true,
  call_canceling: true,
  caller_identification: true,
  payload_passthru_mode: true,
}

export const CLIENT_ROLES = {
  caller: { features: { ...CALLS, call_timeout: true } },
  callee: { features: { ...CALLS, pattern_based_registration: true, shared_registration: true } },
  publisher: {
    features: {
      publisher_identification: true,
      subscriber_blackwhite_listing: true,
      publisher_exclusion: true,
      payload_passthru_mode: true,
    },
  },
  subscriber: { features: { publisher_identification: true, pattern_based_subscription: true, payload_passthru_mode: true } },
} as const
