// The part of autobahn (npm) that its peer uses; the package has no types of its own.

declare module 'autobahn' {
  export type Args = readonly unknown[]
  export type Kwargs = Readonly<Record<string, unknown>>

  export interface Registration {
    readonly id: number
    /** Settles when the router revoked it. */
    readonly on_unregister: PromiseLike<unknown>
    unregister(): Promise<void>
  }

  export interface Subscription {
    readonly id: number
    unsubscribe(): Promise<unknown>
  }

  export interface Session {
    readonly id: number
    readonly isOpen: boolean
    register(
      procedure: string,
      endpoint: (args: Args | undefined, kwargs: Kwargs | undefined, details?: InvocationDetails) => unknown,
      options?: Kwargs,
    ): Promise<Registration>
    call(procedure: string, args?: Args, kwargs?: Kwargs, options?: Kwargs): Call
    subscribe(
      topic: string,
      handler: (args: Args | undefined, kwargs: Kwargs | undefined, details?: object) => void,
      options?: Kwargs,
    ): Promise<Subscription>
    publish(topic: string, args?: Args, kwargs?: Kwargs, options?: Kwargs): Promise<unknown> | undefined
  }

  export interface InvocationDetails {
    readonly progress?: ((args: Args) => void) | null
  }

  /** A promise of when.js, which reports progress. */
  export interface Call extends Promise<unknown> {
    then<T, U = never>(
      onFulfilled?: ((value: unknown) => T | PromiseLike<T>) | null,
      onRejected?: ((error: unknown) => U | PromiseLike<U>) | null,
      onProgress?: (progress: unknown) => void,
    ): Promise<T | U>
    cancel(options: Kwargs): void
  }

  export interface ConnectionOptions {
    readonly authid?: string
    readonly authmethods?: readonly string[]
    readonly authextra?: Kwargs
    readonly onchallenge?: (session: Session, method: string, extra: Kwargs) => string
    readonly realm: string
    readonly transports: readonly object[]
    readonly max_retries: number
    readonly on_user_error?: (error: unknown) => void
    readonly on_internal_error?: (error: unknown) => void
  }

  const autobahn: {
    readonly Connection: new (options: ConnectionOptions) => {
      onopen: (session: Session, details: Kwargs) => void
      onclose: (reason: string, details: { readonly reason?: string; readonly message?: string }) => boolean
      open(): void
      close(): void
    }
    readonly Result: new (args: Args, kwargs: Kwargs) => { readonly args: Args; readonly kwargs: Kwargs }
    readonly Error: new (
      error: string,
      args: Args,
      kwargs: Kwargs,
    ) => { readonly error: string; readonly args: Args; readonly kwargs: Kwargs }
    readonly auth_cra: {
      sign(key: string, challenge: string): string
      derive_key(secret: string, salt: string, iterations: number, keylen: number): string
    }
    readonly auth_cryptosign: {
      sign_challenge(key: object, extra: Kwargs): string
      public_key(key: object): string
    }
    /** The library for keys that it exports. */
    readonly nacl: { readonly sign: { readonly keyPair: { fromSeed(seed: Uint8Array): object } } }
    readonly serializer: Readonly<Record<'JSONSerializer' | 'MsgpackSerializer' | 'CBORSerializer', new () => object>>
  }
  export default autobahn
}
