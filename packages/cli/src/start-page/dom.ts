// Elements of the page. Text goes in as text only, never as HTML.

type ElementClass<E extends HTMLElement> = abstract new () => E

/**
 * The element with an id.
 * @throws {Error} when the page has no such element of that class, since page and script do not match
 */
export function byId<E extends HTMLElement>(id: string, type: ElementClass<E>): E {
  const element = document.getElementById(id)
  if (element instanceof type) return element
  throw new Error(`the page has no ${type.name} '${id}'`)
}

/** An element with a class, a text or children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  content: string | readonly Node[],
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  if (typeof content === 'string') element.textContent = content
  else element.append(...content)
  return element
}

/** The line under a form with the outcome. */
export class Outcome {
  readonly #element: HTMLElement

  constructor(id: string) {
    this.#element = byId(id, HTMLParagraphElement)
  }

  showResult(value: string, note: string): void {
    this.#show('result', make('strong', '', value), make('span', 'quiet', note))
  }

  showError(text: string): void {
    this.#show('error', make('span', '', text))
  }

  #show(kind: 'result' | 'error', ...content: Node[]): void {
    this.#element.dataset['kind'] = kind
    this.#element.replaceChildren(...content)
  }
}
