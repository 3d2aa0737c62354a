// Decides about `_resume`: what a subscriber can still get, and why not. Reads it by catching-up.ts.

import type { RealmStore } from '../ports/event-store.ts'
import type { Session } from '../state/session.ts'
import type { PendingSubscriber, ResumeRequest, SubscribeRequest, Subscription } from '../state/subscription.ts'
import type { CatchingUp } from './catching-up.ts'
import type { DurableTopics } from './durable-topics.ts'
import type { ResumeAnswer } from './resume-request.ts'

/** The answer to a request; undefined where it does not ask. */
export type AnswerTo = (request: SubscribeRequest) => ResumeAnswer | undefined

/** Where reading begins, and whether the store has all from there on. */
interface Begun {
  readonly position: number
  readonly hasAll: boolean
}

export class Resuming {
  readonly #topics: DurableTopics
  readonly #catchingUp: CatchingUp

  constructor(topics: DurableTopics, catchingUp: CatchingUp) {
    this.#topics = topics
    this.#catchingUp = catchingUp
  }

  /**
   * Finds out what a subscriber can get.
   * @param then called in this turn where nothing has to be read
   */
  decide(session: Session, subscription: Subscription, subscriber: PendingSubscriber, then: (answerTo: AnswerTo) => void): void {
    const { node, requests } = subscriber
    const store = node === undefined && this.#topics.cover(subscription) ? this.#topics.store : undefined
    const seen = requests.flatMap(({ resume }) => (store !== undefined && this.#isSeen(store, resume) ? [resume] : []))
    const position = Math.min(...seen.map((resume) => resume.position))
    const answered = (begun: Begun | undefined) => (): void =>
      then(({ resume }) => resume && (store === undefined ? withoutStore(resume) : this.#answer(store, resume, begun)))
    if (seen.length === 0 || !this.#catchingUp.hasRoom(session)) return answered(undefined)()
    const sessions = seen.flatMap((resume) => resume.sessions)
    this.#catchingUp.begin({ session, subscription, position, sessions }, (hasAll) => answered({ position, hasAll })())
  }

  /** What is said to a session that has the subscription already: it goes on as it was. */
  readonly answerAgain = (subscription: Subscription): AnswerTo => {
    const store = this.#topics.cover(subscription) ? this.#topics.store : undefined
    return ({ resume }) => {
      if (resume === undefined || store === undefined || resume.position === undefined) return resume && this.#plain(store, resume)
      return { epoch: store.epoch, position: this.#topics.delivered, outcome: 'not_allowed' }
    }
  }

  #plain(store: RealmStore | undefined, resume: ResumeRequest): ResumeAnswer {
    return store === undefined ? withoutStore(resume) : this.#answer(store, resume, undefined)
  }

  #answer(store: RealmStore, resume: ResumeRequest, begun: Begun | undefined): ResumeAnswer {
    const [{ epoch }, { delivered }] = [store, this.#topics]
    if (resume.position === undefined) return { epoch, position: delivered, outcome: undefined }
    if (!this.#isSeen(store, resume)) return { epoch, position: delivered, outcome: 'epoch' }
    // One that came while others were read for, and has seen less than they.
    if (begun === undefined || resume.position < begun.position) return { epoch, position: delivered, outcome: 'limit' }
    if (!begun.hasAll) return { epoch, position: delivered, outcome: 'expired' }
    return { epoch, position: resume.position, outcome: 'recovered' }
  }

  #isSeen({ epoch }: RealmStore, resume: ResumeRequest | undefined): resume is ResumeRequest & { readonly position: number } {
    return resume?.position !== undefined && resume.epoch === epoch && resume.position <= this.#topics.delivered
  }
}

function withoutStore({ position }: ResumeRequest): ResumeAnswer {
  return { epoch: undefined, position: 0, outcome: position === undefined ? undefined : 'not_allowed' }
}
