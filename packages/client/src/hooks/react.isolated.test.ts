// Shows the hooks of React in a document, with StrictMode, Suspense, a server and a connection that breaks. In a process of its own, since
// it makes the platform look like a page.

import { Window } from 'happy-dom'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ReactNode } from 'react'
import type { Root } from 'react-dom/client'
import { shop, ShopScene } from '../testing/shop-scene.ts'
import type * as Hooks from './react.ts'

const window = new Window()
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true })
if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: window.navigator })
// React looks at the platform when it is loaded.
const { act, Component, createElement, StrictMode, Suspense } = await import('react')
const { createRoot, hydrateRoot } = await import('react-dom/client')
const { renderToString } = await import('react-dom/server')
const { useCall, useCallNow, useConnection, useLatest, useTopic }: typeof Hooks = await import('./react.ts')

let scene: ShopScene
let box: Element
let root: Root

beforeEach(async () => {
  scene = await ShopScene.open()
  box = document.createElement('div')
  root = createRoot(box)
})
afterEach(async () => {
  act(() => root.unmount())
  await scene.router.stop()
})

/** Does something, and all that follows from it: React renders when `act` ends. */
async function after(what: () => unknown): Promise<void> {
  await act(async () => void (await what()))
  for (let rendered = 0; rendered < 2; rendered++) {
    await act(() => scene.turn())
  }
}

async function show(...nodes: ReactNode[]): Promise<string> {
  await after(() => root.render(createElement(StrictMode, null, ...nodes)))
  return box.textContent
}

function Price({ item }: { readonly item: string }): ReactNode {
  const { status, data, error, isFetching, refetch } = useCall(scene.api.price, item)
  const text = `${status} ${data ?? '-'} ${isFetching ? 'fetching' : 'still'} ${String((error as Error | undefined)?.message)}`
  return createElement('button', { onClick: () => void refetch() }, text)
}

describe('useCall', () => {
  it('makes one call for all components, also where StrictMode mounts twice', async () => {
    const price = createElement(Price, { item: 'fig' })
    expect(await show(price, price)).toBe('success fig 1 still undefined'.repeat(2))
    expect(scene.router.sent('CALL', shop.price.uri, 'page')).toHaveLength(1)
  })

  it('calls anew for another item, and again when asked to', async () => {
    await show(createElement(Price, { item: 'fig' }))
    expect(await show(createElement(Price, { item: 'pear' }))).toBe('success pear 2 still undefined')
    await after(() => box.querySelector('button')?.click())
    expect(box.textContent).toBe('success pear 3 still undefined')
  })

  it('shows a failure', async () => {
    vi.spyOn(console, 'error').mockImplementationOnce(() => undefined)
    scene.answer = () => Promise.reject(new Error('no'))
    expect(await show(createElement(Price, { item: 'fig' }))).toMatch(/^error - still wamp\.error\.runtime_error/)
  })

  it('cancels the call of a component that is unmounted before the outcome', async () => {
    scene.answer = () => new Promise(() => undefined)
    expect(await show(createElement(Price, { item: 'fig' }))).toBe('pending - fetching undefined')
    await show()
    expect(scene.router.sent('CANCEL', shop.price.uri, 'page')).toHaveLength(1)
  })

  it('is pending while a server renders, which calls nothing, and goes on from there in the page', async () => {
    const price = createElement(Price, { item: 'fig' })
    box = document.createElement('div')
    box.innerHTML = renderToString(price)
    await scene.router.clock.settle()
    expect([box.textContent, scene.asked]).toEqual(['pending - fetching undefined', 0])
    const complaints: unknown[] = []
    await after(() => (root = hydrateRoot(box, price, { onRecoverableError: (error) => complaints.push(error) })))
    expect([box.textContent, complaints]).toEqual(['success fig 1 still undefined', []])
  })
})

describe('useCallNow', () => {
  function PriceNow({ item }: { readonly item: string }): ReactNode {
    return useCallNow(scene.api.price, item)
  }
  class Boundary extends Component<{ readonly children: ReactNode }, { readonly hasFailed: boolean }> {
    override state = { hasFailed: false }
    static getDerivedStateFromError(): object {
      return { hasFailed: true }
    }
    override render(): ReactNode {
      return this.state.hasFailed
        ? createElement('button', { onClick: () => this.setState({ hasFailed: false }) }, 'again')
        : this.props.children
    }
  }
  const waiting = (item: string): ReactNode => createElement(Suspense, { fallback: 'one moment' }, createElement(PriceNow, { item }))

  it('suspends until the value is there, and calls once', async () => {
    const held: ((text: string) => void)[] = []
    scene.answer = () => new Promise((resolve) => held.push(resolve))
    expect(await show(waiting('fig'))).toBe('one moment')
    await after(() => held[0]?.('here'))
    expect(box.textContent).toBe('here')
    expect(scene.asked).toBe(1)
  })

  it('throws a failure to the boundary, and calls again when that renders again', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    scene.answer = () => Promise.reject(new Error('no'))
    expect(await show(createElement(Boundary, null, waiting('fig')))).toBe('again')
    scene.answer = () => 'here'
    await after(() => box.querySelector('button')?.click())
    log.mockRestore()
    expect([box.textContent, scene.asked]).toEqual(['here', 2])
  })
})

describe('useTopic and useLatest', () => {
  const seen: unknown[] = []
  function Ticker({ symbol, mark }: { readonly symbol: string; readonly mark: string }): ReactNode {
    useTopic(scene.api.prices, { symbol }, ({ value }) => seen.push(`${mark} ${value}`))
    return `latest ${useLatest(scene.api.prices, { symbol }) ?? '-'}`
  }
  const publish = (symbol: string, price: number) =>
    after(() => scene.service.use(shop).prices.publish({ symbol }, price, { acknowledge: true }))

  it('call the latest handler, follow the parameters, and leave nothing behind', async () => {
    expect(await show(createElement(Ticker, { symbol: 'FIG', mark: 'a' }))).toBe('latest -')
    await publish('FIG', 1)
    expect(box.textContent).toBe('latest 1')
    await show(createElement(Ticker, { symbol: 'FIG', mark: 'b' }))
    await publish('FIG', 2)
    await show(createElement(Ticker, { symbol: 'PEAR', mark: 'c' }))
    await publish('FIG', 3)
    await publish('PEAR', 4)
    expect(seen.splice(0)).toEqual(['a 1', 'b 2', 'c 4'])
    expect(box.textContent).toBe('latest 4')
    expect(scene.subscribed).toEqual(['com.example.shop.prices.PEAR'])
    await show()
    expect(scene.subscribed).toEqual([])
  })

  it('subscribe no more than once for a change of the handler', async () => {
    await show(createElement(Ticker, { symbol: 'FIG', mark: 'a' }))
    const before = scene.router.sent('SUBSCRIBE', undefined, 'page').length
    await show(createElement(Ticker, { symbol: 'FIG', mark: 'b' }))
    expect(scene.router.sent('SUBSCRIBE', undefined, 'page')).toHaveLength(before)
  })

  it('go on in the next session', async () => {
    await show(createElement(Ticker, { symbol: 'FIG', mark: 'a' }))
    await after(() => scene.router.faults.restart())
    await after(() => scene.router.clock.advance(1000))
    await publish('FIG', 5)
    expect(box.textContent).toBe('latest 5')
    expect(seen.splice(0)).toEqual(['a 5'])
  })

  it('take topics without URI parameters', async () => {
    function Closed(): ReactNode {
      useTopic(scene.api.closed, ({ value }) => seen.push(value))
      return useLatest(scene.api.closed, { getRetained: false }) ?? 'open'
    }
    await show(createElement(Closed))
    await after(() => scene.service.use(shop).closed.publish('at six', { acknowledge: true }))
    expect([box.textContent, seen.splice(0)]).toEqual(['at six', ['at six']])
  })
})

describe('useConnection', () => {
  function Line(): ReactNode {
    return useConnection(scene.page).status
  }

  it('shows each state, and is connecting on a server', async () => {
    expect(renderToString(createElement(Line))).toBe('connecting')
    expect(await show(createElement(Line))).toBe('connected')
    await after(() => scene.router.faults.cut('page'))
    expect(box.textContent).toBe('waiting')
    await after(() => scene.router.clock.advance(1000))
    expect(box.textContent).toBe('connected')
  })
})
