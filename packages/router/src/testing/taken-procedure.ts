// For tests: callees of a procedure that is taken over, and callers that call it meanwhile. Each looks at what it may rely on.

import type { Message } from '@trunkline/protocol'
import { EMPTY_DICT, ERROR, INVOCATION, REGISTER, REGISTERED, RESULT, UNREGISTERED, uris } from '@trunkline/protocol'
import type { Random } from '@trunkline/testkit/simulation'
import type { JoinedRealms, Member } from './joined-realms.ts'
import { answer, call } from './remote-calls.ts'

/** A callee that answers at once with its name, and sees what it may rely on. */
export class Callee {
  readonly name: string
  readonly member: Member
  isRegistered = false
  hasLost = false
  invocations = 0

  constructor(name: string, member: Member) {
    this.name = name
    this.member = member
  }

  /** Looks at what came. @returns whether there was anything */
  look(): boolean {
    const messages = this.member.take()
    for (const message of messages) this.#see(message)
    return messages.length > 0
  }

  #see(message: Message): void {
    switch (message.type) {
      case REGISTERED:
        this.isRegistered = true
        return
      case UNREGISTERED:
        this.isRegistered = false
        return
      case ERROR:
        assertThat(message.requestType === REGISTER && message.error === uris.PROCEDURE_ALREADY_EXISTS, `${this.name} got ${message.error}`)
        this.hasLost = true
        return
      case INVOCATION:
        assertThat(this.isRegistered, `${this.name} got a call without REGISTERED`)
        assertThat(message.request === ++this.invocations, `${this.name} got INVOCATION ${message.request}`)
        return answer(this.member, message.request, EMPTY_DICT, this.name)
      default:
        throw new Error(`a callee got ${message.type}`)
    }
  }
}

/** Callers on each node, which call all the time. */
export class Callers {
  readonly #members: readonly Member[]
  /** By request: who may answer. */
  readonly #open = new Map<number, readonly string[]>()
  answers = 0

  constructor(realms: JoinedRealms) {
    this.#members = realms.nodes.map((node) => node.join())
  }

  call(random: Random, mayAnswer: readonly string[]): void {
    this.#open.set(call(random.pick(this.#members)), mayAnswer)
  }

  look(): void {
    for (const message of this.#members.flatMap((member) => member.take())) {
      if (message.type !== RESULT) throw new Error(`a call ended with ${message.type === ERROR ? message.error : message.type}`)
      const [name] = (message.payload?.args ?? []) as string[]
      assertThat(this.#open.get(message.request)?.includes(name ?? '') === true, `${name} answered call ${message.request}`)
      this.#open.delete(message.request)
      this.answers++
    }
  }

  /** How many calls have no answer. */
  get open(): number {
    return this.#open.size
  }
}

function assertThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
}
