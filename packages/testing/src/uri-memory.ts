// Finds the URI that a message is about, also where it names only a request, subscription or registration of its session.

import type { Message } from '@trunkline/protocol'
import {
  ABORT,
  CALL,
  CANCEL,
  ERROR,
  EVENT,
  GOODBYE,
  HELLO,
  INTERRUPT,
  INVOCATION,
  PUBLISH,
  PUBLISHED,
  REGISTER,
  REGISTERED,
  RESULT,
  SUBSCRIBE,
  SUBSCRIBED,
  UNREGISTER,
  UNREGISTERED,
  UNSUBSCRIBE,
  UNSUBSCRIBED,
  WELCOME,
  YIELD,
} from '@trunkline/protocol'

type Uri = string | undefined

/** Remembers the messages of one connection. */
export class UriMemory {
  #realm: Uri
  /** By the ids of the client's requests. */
  readonly #requests = new Map<number, Uri>()
  /** By the ids of invocations. */
  readonly #invocations = new Map<number, Uri>()
  readonly #subscriptions = new Map<unknown, Uri>()
  readonly #registrations = new Map<unknown, Uri>()

  /** The procedure, topic or pattern; the realm of HELLO and WELCOME; the reason of ABORT and GOODBYE. Call it with each message once, in order. */
  note(message: Message): Uri {
    switch (message.type) {
      case HELLO:
        return (this.#realm = message.realm ?? undefined)
      case WELCOME:
        return textOf(message.details['realm']) ?? this.#realm
      case ABORT:
      case GOODBYE:
        return message.reason
      case CALL:
      case REGISTER:
        return this.#asked(message.request, message.procedure)
      case PUBLISH:
      case SUBSCRIBE:
        return this.#asked(message.request, message.topic)
      case UNSUBSCRIBE:
        return this.#asked(message.request, this.#subscriptions.get(message.subscription))
      case UNREGISTER:
        return this.#asked(message.request, this.#registrations.get(message.registration))
      case EVENT:
        return textOf(message.details['topic']) ?? this.#subscriptions.get(message.subscription)
      case INVOCATION:
        return this.#invoked(message.request, textOf(message.details['procedure']) ?? this.#registrations.get(message.registration))
      case INTERRUPT:
      case YIELD:
        return this.#invocations.get(message.request)
      default:
        return this.#answered(message)
    }
  }

  #answered(message: Message): Uri {
    switch (message.type) {
      case SUBSCRIBED:
        return this.#granted(this.#subscriptions, message.subscription, message.request)
      case REGISTERED:
        return this.#granted(this.#registrations, message.registration, message.request)
      case UNSUBSCRIBED:
        return this.#requests.get(message.request) ?? this.#subscriptions.get(message.details?.['subscription'])
      case UNREGISTERED:
        return this.#requests.get(message.request) ?? this.#registrations.get(message.details?.['registration'])
      case PUBLISHED:
      case RESULT:
      case CANCEL:
        return this.#requests.get(message.request)
      case ERROR:
        return (message.requestType === INVOCATION ? this.#invocations : this.#requests).get(message.request)
      default:
        return undefined
    }
  }

  #asked(request: number, uri: Uri): Uri {
    this.#requests.set(request, uri)
    return uri
  }

  #invoked(request: number, uri: Uri): Uri {
    this.#invocations.set(request, uri)
    return uri
  }

  #granted(to: Map<unknown, Uri>, id: number, request: number): Uri {
    const uri = this.#requests.get(request)
    to.set(id, uri)
    return uri
  }
}

function textOf(value: unknown): Uri {
  return typeof value === 'string' ? value : undefined
}
