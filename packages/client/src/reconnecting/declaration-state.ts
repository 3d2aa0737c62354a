// The states of a declaration, for applications.

/**
 * - `waiting`: there is no session; the next one requests it.
 * - `requested`: the request is in flight, for the `attempt`th time in this session.
 * - `active`: the router has granted it in the open session; `id` is the id of the subscription or registration at the router.
 * - `refused`: the router refused or revoked it. `until` is the time of the next request, in milliseconds since 1970, or earlier
 *   if the router reports that the obstacle is gone; undefined: the next session requests it again.
 * - `withdrawn`: the application ended it.
 */
export type DeclarationState =
  | { readonly status: 'waiting' | 'withdrawn' }
  | { readonly status: 'active'; readonly id: number }
  | { readonly status: 'requested'; readonly attempt: number }
  | { readonly status: 'refused'; readonly attempt: number; readonly error: unknown; readonly until: number | undefined }

/** The properties of all declarations. */
export interface Declared extends AsyncDisposable {
  readonly state: DeclarationState
  /**
   * Settles when the router has answered: rejects with its refusal, even if the client will ask again. After that `ready`
   * is a new promise, for the next answer. Rejects when the declaration is withdrawn or the client stops.
   */
  readonly ready: Promise<void>
}
