// The frame of all pages: where one can go, how the connection is, light or dark.

import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { LinkState } from '../state/link.ts'
import type { PageName } from '../state/route.ts'
import { THEMES } from '../state/theme.ts'
import { useDashboard } from './context.ts'
import { Icon } from './icon.tsx'

const PLACES: readonly (readonly [PageName, string])[][] = [
  [
    ['overview', 'Overview'],
    ['nodes', 'Nodes'],
  ],
  [
    ['realms', 'Realms'],
    ['sessions', 'Sessions'],
    ['procedures', 'Procedures'],
    ['topics', 'Topics'],
  ],
  [
    ['graph', 'Graph'],
    ['traffic', 'Traffic'],
  ],
  [
    ['call', 'Call'],
    ['events', 'Events'],
  ],
  [['configuration', 'Configuration']],
]

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const dashboard = useDashboard()
  const [isOpen, setOpen] = useState(false)
  const place = dashboard.navigation.place.value
  const hasNodes = dashboard.watch.hasNodes.value
  useEffect(() => {
    setOpen(false)
    scrollTo(0, 0)
  }, [place.page])
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.querySelector('h1')?.focus()
        }}
      >
        To the content
      </a>
      <header class={`side ${isOpen ? 'is-open' : ''}`}>
        <div class="brand">
          <Mark />
          <span class="brand-name">Trunkline</span>
          <button
            type="button"
            class="menu-button"
            aria-expanded={isOpen}
            aria-controls="places"
            onClick={() => setOpen(!isOpen)}
            aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
          >
            <Icon name={isOpen ? 'close' : 'menu'} />
          </button>
        </div>
        <LinkLine />
        <nav id="places" aria-label="Pages">
          {PLACES.map((group) => (
            <ul key={group[0]?.[0]}>
              {group
                .filter(([page]) => page !== 'nodes' || hasNodes || place.page === 'nodes')
                .map(([page, name]) => (
                  <li key={page}>
                    <a href={dashboard.navigation.to(page)} aria-current={isAt(place.page, page) ? 'page' : undefined}>
                      <Icon name={page === 'session' ? 'sessions' : page} />
                      {name}
                    </a>
                  </li>
                ))}
            </ul>
          ))}
        </nav>
        <SideFoot />
      </header>
      <main id="main" class={`page is-${place.page}`}>
        {children}
      </main>
    </div>
  )
}

function isAt(shown: PageName, page: PageName): boolean {
  return shown === page || (shown === 'session' && page === 'sessions')
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 16h7M20 16h7" />
      <circle cx="16" cy="16" r="4" />
      <circle cx="5" cy="16" r="2.5" />
      <circle cx="27" cy="16" r="2.5" />
    </svg>
  )
}

function LinkLine() {
  const { admin } = useDashboard()
  const state = admin.state.value
  return (
    <div id="link" class="link" data-state={state.kind}>
      <p id="status" role="status">
        <LinkText state={state} />
      </p>
      {state.kind === 'lost' ? (
        <button id="retry" type="button" class="small" onClick={() => admin.retry()}>
          Retry now
        </button>
      ) : null}
    </div>
  )
}

function LinkText({ state }: { readonly state: LinkState }) {
  const { admin } = useDashboard()
  const [, tick] = useState(0)
  useEffect(() => {
    if (state.kind !== 'lost') return
    const timer = setInterval(() => tick((before) => before + 1), 500)
    return () => clearInterval(timer)
  }, [state])
  if (state.kind === 'open') {
    const { authid, authrole } = state.session.details
    const who = `${String(authid)}, ${String(authrole)}`
    return (
      <span class="who" title={who}>
        Connected
        <span>{who}</span>
      </span>
    )
  }
  if (state.kind === 'lost') {
    const seconds = Math.max(0, Math.ceil((state.retryAt - Date.now()) / 1_000))
    return (
      <>
        {state.text} Next attempt in {seconds} s.
      </>
    )
  }
  return <>{state.kind === 'connecting' ? `Connecting to ${admin.realm.value} …` : 'Not connected'}</>
}

function SideFoot() {
  const dashboard = useDashboard()
  const { theme } = dashboard
  const chosen = theme.choice.value
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? 'system'
  return (
    <div class="side-foot">
      <button type="button" class="quiet-button" aria-label={`Colours: ${chosen}. Change to ${next}.`} onClick={() => theme.choose(next)}>
        <Icon name={chosen} />
        {chosen}
      </button>
      {dashboard.about.development === undefined ? (
        <button type="button" class="quiet-button" onClick={() => void dashboard.logOut()}>
          <Icon name="leave" />
          Log out
        </button>
      ) : null}
    </div>
  )
}
