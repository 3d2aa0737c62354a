// The demonstration of a call: two numbers, a click, the answer, and the path of the call.

import type { Session } from '@trunkline/client'
import { ApplicationError } from '@trunkline/client'
import { byId, Outcome } from './dom.ts'
import { wordsFor } from './errors.ts'
import type { SnippetContext } from './snippets.ts'
import { commandLine, program, Snippets, source } from './snippets.ts'

const PROCEDURE = 'com.example.add'

export class CallDemo {
  readonly #fields = [byId('call-a', HTMLInputElement), byId('call-b', HTMLInputElement)] as const
  readonly #button = byId('call-button', HTMLButtonElement)
  readonly #outcome = new Outcome('call-outcome')
  readonly #wire = byId('wire', HTMLDivElement)
  readonly #snippets = new Snippets(byId('call-snippets', HTMLDivElement), ['JavaScript', 'Terminal'])
  #context: SnippetContext
  #session: Session | undefined

  constructor(context: SnippetContext) {
    this.#context = context
    byId('call-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#call()
    })
    for (const field of this.#fields) field.addEventListener('input', () => this.#showSnippets())
    this.#showSnippets()
    this.use(undefined)
  }

  /** Sets the session for calls; without one the button is disabled. */
  use(session: Session | undefined): void {
    this.#session = session
    this.#button.disabled = session === undefined
  }

  /** Sets the router that the snippets connect to. */
  lead(context: SnippetContext): void {
    this.#context = context
    this.#showSnippets()
  }

  async #call(): Promise<void> {
    const numbers = this.#numbers()
    if (this.#session === undefined) return
    if (numbers === undefined) return this.#outcome.showError('Enter two numbers.')
    const begun = performance.now()
    try {
      const value = await this.#session.call(PROCEDURE, numbers)
      this.#animate('is-calling')
      this.#outcome.showResult(source(value), `answered in ${(performance.now() - begun).toFixed(1)} ms`)
    } catch (error) {
      if (error instanceof ApplicationError) this.#animate('is-refused')
      this.#outcome.showError(wordsFor(error))
    }
  }

  #numbers(): readonly [number, number] | undefined {
    const [a, b] = [this.#fields[0].valueAsNumber, this.#fields[1].valueAsNumber]
    return Number.isFinite(a) && Number.isFinite(b) ? [a, b] : undefined
  }

  #animate(className: string): void {
    this.#wire.classList.remove('is-calling', 'is-refused')
    void this.#wire.offsetWidth // Reading the layout restarts the animation.
    this.#wire.classList.add(className)
  }

  #showSnippets(): void {
    const numbers = this.#numbers() ?? [2, 3]
    this.#snippets.show(
      program(this.#context, [
        `const value = await client.call('${PROCEDURE}', [${numbers.map(source).join(', ')}])`,
        'console.log(value)',
        'await client.stop()',
      ]),
      commandLine(this.#context, ['call', PROCEDURE], numbers),
    )
  }
}
