// The start page: connects to the router that served it and joins the parts of the page. It is a WAMP client like any
// other and shows data of the meta API.

import { CallDemo } from './call-demo.ts'
import { ChatDemo } from './chat-demo.ts'
import { byId, make } from './dom.ts'
import { RowsView } from './list-view.ts'
import type { Entry } from './live-list.ts'
import { LiveList, REGISTRATIONS, SESSIONS, SUBSCRIPTIONS } from './live-list.ts'
import type { LinkState } from './router-link.ts'
import { RouterLink } from './router-link.ts'
import type { SnippetContext } from './snippets.ts'

const DEFAULT_URL = 'ws://127.0.0.1:8080/ws'

/** The content of /about.json. */
interface About {
  readonly version: string
  readonly listeners: readonly string[]
  readonly command: string
}

class StartPage {
  readonly #url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`
  readonly #realmField = byId('realm', HTMLInputElement)
  readonly #status = byId('status', HTMLParagraphElement)
  readonly #retry = byId('retry', HTMLButtonElement)
  #context: SnippetContext = {
    url: this.#url,
    realm: this.#realmField.value,
    command: 'npx trunkline',
    isDefaultUrl: this.#url === DEFAULT_URL,
  }
  readonly #call = new CallDemo(this.#context)
  readonly #chat = new ChatDemo(this.#context)
  #ownSession: number | undefined
  readonly #sessions = new RowsView('sessions', (entry) => this.#sessionRow(entry), 'No session is open.')
  readonly #procedures = new RowsView(
    'procedures',
    (entry) => entryRow(entry, 'callee'),
    'No session in this realm has registered a procedure.',
  )
  readonly #topics = new RowsView('topics', (entry) => entryRow(entry, 'subscriber'), 'No session in this realm has subscribed to a topic.')
  readonly #link = new RouterLink(this.#url, this.#realmField.value, (state) => this.#show(state))
  #countdown: ReturnType<typeof setInterval> | undefined

  start(): void {
    this.#retry.addEventListener('click', () => this.#link.retry())
    byId('realm-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      this.#link.join(this.#realmField.value.trim())
    })
    this.#link.retry()
  }

  #show(state: LinkState): void {
    clearInterval(this.#countdown)
    byId('link', HTMLDivElement).dataset['state'] = state.kind
    byId('lists', HTMLDivElement).classList.toggle('is-stale', state.kind !== 'connected')
    this.#retry.hidden = state.kind !== 'lost'
    const session = state.kind === 'connected' ? state.session : undefined
    this.#ownSession = session?.id
    this.#call.use(session)
    void this.#chat.use(session)
    if (state.kind === 'connecting') this.#showConnecting(state.realm)
    else if (state.kind === 'lost') this.#showLost(state.text, state.retryInMs)
    else this.#showConnected(state.session)
  }

  #showConnecting(realm: string): void {
    this.#status.textContent = `Connecting to ${realm} …`
    this.#lead({ realm })
  }

  #showLost(text: string, retryInMs: number | undefined): void {
    this.#status.textContent = text
    if (retryInMs === undefined) return
    const until = Date.now() + retryInMs
    const tick = (): void => {
      this.#status.textContent = `${text} Next attempt in ${Math.max(0, Math.ceil((until - Date.now()) / 1_000))} s.`
    }
    tick()
    this.#countdown = setInterval(tick, 500)
  }

  #showConnected(session: Extract<LinkState, { kind: 'connected' }>['session']): void {
    this.#status.textContent = `Connected to ${session.realm}`
    for (const view of [this.#sessions, this.#procedures, this.#topics]) view.clear()
    void new LiveList(session, SESSIONS, this.#sessions).start()
    void new LiveList(session, REGISTRATIONS, this.#procedures).start()
    void new LiveList(session, SUBSCRIPTIONS, this.#topics).start()
    void this.#readAbout()
  }

  async #readAbout(): Promise<void> {
    try {
      const response = await fetch('/about.json')
      const { version, listeners, command } = (await response.json()) as About
      byId('version', HTMLSpanElement).textContent = version
      byId('listeners', HTMLDListElement).replaceChildren(...listeners.map(addressRow))
      this.#lead({ command, isDefaultUrl: listeners[0] === DEFAULT_URL })
    } catch (error) {
      byId('listeners', HTMLDListElement).replaceChildren(make('dd', '', `cannot read /about.json: ${String(error)}`))
    }
  }

  #lead(change: Partial<SnippetContext>): void {
    this.#context = { ...this.#context, ...change }
    this.#call.lead(this.#context)
    this.#chat.lead(this.#context)
  }

  #sessionRow({ id, details }: Entry): { name: string; details: string } {
    const { authid, authrole, transport } = details
    const kind = typeof transport === 'object' && transport !== null && 'type' in transport ? String(transport.type) : 'unknown transport'
    const who = id === this.#ownSession ? 'this page' : kind === 'local' ? 'in the router’s process' : kind
    return { name: String(id), details: `${who} · ${String(authid)} · role ${String(authrole)}` }
  }
}

function entryRow({ details, count }: Entry, noun: string): { name: string; details: string } {
  const { uri, match, invoke } = details
  const notes = [`${count ?? 0} ${noun}${count === 1 ? '' : 's'}`]
  if (match !== 'exact') notes.push(String(match))
  if (typeof invoke === 'string' && invoke !== 'single') notes.push(invoke)
  return { name: uri === '' ? '(everything)' : String(uri), details: notes.join(' · ') }
}

function addressRow(address: string): HTMLElement {
  return make('div', '', [make('dt', '', address.startsWith('ws') ? 'WebSocket' : 'RawSocket'), make('dd', '', address)])
}

new StartPage().start()
