// Questions between two processes that wait for their answer.

import type { Answer } from './messages.ts'

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export class OpenQuestions {
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  /** Asks, and waits for the answer. @param send gets the id of the question */
  ask(send: (id: number) => void): Promise<unknown> {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      send(id)
    })
  }

  /** An answer has come. */
  settle({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error))
  }

  /** No answer can come any more. */
  end(reason: string): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of all) reject(new Error(reason))
  }
}

/** The answer to a question, whatever becomes of it. */
export async function answerTo(id: number, work: () => unknown): Promise<Answer> {
  try {
    return { kind: 'answer', id, result: await work() }
  } catch (error) {
    return { kind: 'answer', id, error: error instanceof Error ? error.message : String(error) }
  }
}
