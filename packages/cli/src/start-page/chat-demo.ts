// The demonstration of events: it publishes the typed text, and shows every event of the topic.

import type { ReceivedEvent, Session } from '@trunkline/client'
import { DisconnectedError } from '@trunkline/client'
import { byId, make, Outcome } from './dom.ts'
import { wordsFor } from './errors.ts'
import type { SnippetContext } from './snippets.ts'
import { commandLine, program, Snippets, source } from './snippets.ts'

const TOPIC = 'com.example.chat'
const MOST_MESSAGES = 50

export class ChatDemo {
  readonly #field = byId('chat-text', HTMLInputElement)
  readonly #button = byId('chat-button', HTMLButtonElement)
  readonly #outcome = new Outcome('chat-outcome')
  readonly #list = byId('chat-messages', HTMLOListElement)
  readonly #snippets = new Snippets(byId('chat-snippets', HTMLDivElement), ['JavaScript', 'Terminal', 'Another terminal'])
  /** Publications of this page whose event has not arrived yet. */
  readonly #own = new Set<number>()
  #context: SnippetContext
  #session: Session | undefined
  #realm: string | undefined

  constructor(context: SnippetContext) {
    this.#context = context
    byId('chat-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#publish()
    })
    this.#field.addEventListener('input', () => this.#showSnippets())
    this.#showSnippets()
    void this.use(undefined)
  }

  /** Sets the session to subscribe and publish with; without one the button is disabled. */
  async use(session: Session | undefined): Promise<void> {
    this.#session = session
    this.#own.clear()
    this.#button.disabled = session === undefined
    if (session !== undefined) this.#enter(session.realm)
    try {
      await session?.subscribe(TOPIC, (event) => this.#receive(event))
    } catch (error) {
      if (!(error instanceof DisconnectedError)) this.#outcome.showError(wordsFor(error))
    }
  }

  /** Sets the router that the snippets connect to. */
  lead(context: SnippetContext): void {
    this.#context = context
    this.#showSnippets()
  }

  /** Removes the messages of another realm. */
  #enter(realm: string): void {
    if (realm !== this.#realm) this.#list.replaceChildren()
    this.#list.hidden = this.#list.children.length === 0
    this.#realm = realm
  }

  async #publish(): Promise<void> {
    const text = this.#field.value
    if (this.#session === undefined) return
    try {
      const publication = await this.#session.publish(TOPIC, [text], { acknowledge: true, excludeMe: false })
      this.#own.add(publication)
      this.#outcome.showResult('sent', `publication ${publication}`)
      this.#field.select()
    } catch (error) {
      this.#outcome.showError(wordsFor(error))
    }
  }

  #receive({ args, publication }: ReceivedEvent): void {
    const text = args.length === 1 && typeof args[0] === 'string' ? args[0] : args.map(source).join(' ')
    const from = this.#own.delete(publication) ? 'this page' : 'another client'
    const now = new Date()
    const time = make('time', '', now.toTimeString().slice(0, 8))
    time.dateTime = now.toISOString()
    this.#list.prepend(make('li', '', [time, make('span', '', text), make('span', 'from', from)]))
    this.#list.hidden = false
    while (this.#list.children.length > MOST_MESSAGES) this.#list.lastElementChild?.remove()
  }

  #showSnippets(): void {
    const text = this.#field.value
    this.#snippets.show(
      program(this.#context, [
        `const topic = '${TOPIC}'`,
        'await client.subscribe(topic, ({ args }) => console.log(...args))',
        `await client.publish(topic, [${source(text)}], { excludeMe: false })`,
      ]),
      commandLine(this.#context, ['subscribe', TOPIC], []),
      commandLine(this.#context, ['publish', TOPIC], [text]),
    )
  }
}
