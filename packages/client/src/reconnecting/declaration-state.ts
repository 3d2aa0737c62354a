// Where a declaration stands, as applications see it. Types only.

/**
 * - `waiting`: there is no session; the next one brings it.
 * - `requested`: the router was asked, for the `attempt`th time in this session, and has not answered.
 * - `active`: it holds in the open session; `id` is that of the subscription or registration at the router.
 * - `refused`: the router said no, or took it away. `until` is when it is asked again, in milliseconds since 1970, or earlier
 *   where the router tells that nothing stands in the way any more; undefined: the next session asks again.
 * - `withdrawn`: it was taken back, for good.
 */
export type DeclarationState =
  | { readonly status: 'waiting' | 'withdrawn' }
  | { readonly status: 'active'; readonly id: number }
  | { readonly status: 'requested'; readonly attempt: number }
  | { readonly status: 'refused'; readonly attempt: number; readonly error: unknown; readonly until: number | undefined }

/** What all declarations show. */
export interface Declared {
  readonly state: DeclarationState
  /**
   * Settles when the router has answered: rejects with its refusal, also when it is asked again later. From then on `ready`
   * is a new promise, of the next answer. Rejects when the declaration is withdrawn or the client stops.
   */
  readonly ready: Promise<void>
}
