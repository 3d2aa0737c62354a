// The little of autobahn (npm) that its peer uses; the package brings no types of its own.

declare module 'autobahn' {
  export type Args = readonly unknown[]
  export type Kwargs = Readonly<Record<string, unknown>>

  export interface Registration {
    unregister(): Promise<void>
  }

  export interface Subscription {
    unsubscribe(): Promise<unknown>
  }

  export interface Session {
    readonly id: number
    readonly isOpen: boolean
    register(procedure: string, endpoint: (args: Args | undefined, kwargs: Kwargs | undefined) => unknown): Promise<Registration>
    call(procedure: string, args?: Args, kwargs?: Kwargs): Promise<unknown>
    subscribe(topic: string, handler: (args: Args | undefined, kwargs: Kwargs | undefined) => void): Promise<Subscription>
    publish(topic: string, args?: Args, kwargs?: Kwargs, options?: Kwargs): Promise<unknown> | undefined
  }

  export interface ConnectionOptions {
    readonly realm: string
    readonly transports: readonly object[]
    readonly max_retries: number
    readonly on_user_error?: (error: unknown) => void
    readonly on_internal_error?: (error: unknown) => void
  }

  const autobahn: {
    readonly Connection: new (options: ConnectionOptions) => {
      onopen: (session: Session) => void
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
    readonly serializer: Readonly<Record<'JSONSerializer' | 'MsgpackSerializer' | 'CBORSerializer', new () => object>>
  }
  export default autobahn
}
