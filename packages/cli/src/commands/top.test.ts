// Shows `trunkline top`: what it prints once, as JSON, and live on a screen that it gives back.

import { openSession } from '@trunkline/client/session'
import { TestTerminal } from '@trunkline/testkit/terminal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../program.ts'
import type { Screen, ScreenUser } from '../screen.ts'
import { result, Running, startDev } from '../testing/running-command.ts'

let node: Running
let url: string
beforeAll(async () => {
  ;({ node, url } = await startDev())
})
afterAll(() => node.interrupt())

const once = (...words: string[]) => result('top', ...words, '--url', url, '--interval', '50ms')

describe('trunkline top, printed', () => {
  it('shows the router, and what happened in one interval', async () => {
    const { out, code } = await once('--once')
    expect(code).toBe(0)
    expect(out).toMatch(/^Trunkline .* running {2}up .* sessions in \d+ realms, 2 procedures, 0 topics$/m)
    expect(out).toMatch(/^[\d.]+ calls\/s {2}[\d.]+ events\/s /m)
    expect(out).toMatch(/^2 procedures, by CALLS\/s$/m)
    expect(out).toMatch(/^CALLS\/s\* {2}ERRORS\/s {2}PROCEDURE /m)
    expect(out).toMatch(/^ +0 +0 {2}com\.example\.add /m)
  })

  it('sorts by a column, and says that it does not look at all', async () => {
    const { out } = await once('procedures', '--once', '--sort', 'PROCEDURE', '--most', '1')
    expect(out).toContain('2 procedures, the oldest 1 of them, by PROCEDURE\n')
  })

  it('prints a line of JSON at each interval until it is stopped', async () => {
    const command = new Running(['top', 'sessions', '--json', '--url', url, '--interval', '50ms'])
    await command.shows(/\n[^]*\n/)
    expect(await command.interrupt()).toBe(0)
    const [line = ''] = command.out.split('\n')
    expect(JSON.parse(line)).toMatchObject({
      status: { state: 'running' },
      rates: { calls: expect.any(Number) as number },
      sessions: expect.any(Array) as [],
    })
  })

  it('shows what clients call themselves without letting them control the terminal', async () => {
    const session = await openSession({ url, realm: 'realm1', authid: 'x' })
    await session.register('com.example.\u001b[2J', () => {}).catch(() => {})
    const { out } = await once('--once')
    expect(out).not.toContain('\u001b')
    await session.leave()
  })

  it('names a list that it does not have', async () => {
    expect(await once('session')).toMatchObject({ code: 2, err: expect.stringContaining("did you mean 'sessions'?") as string })
  })
})

/** A screen that a test looks at, and whose keys it presses. */
class TestScreen implements Screen {
  columns = 100
  rows = 10
  readonly hasColours = false
  user: ScreenUser | undefined
  closed = 0
  #pictures: string[] = []
  #onDraw = (): void => {}

  draw(text: string): void {
    this.#pictures.push(text)
    this.#onDraw()
  }

  open(user: ScreenUser): () => void {
    this.user = user
    return () => void this.closed++
  }

  /** Waits for a picture, drawn from now on or the last one, that matches. */
  shows(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#onDraw = () => {
        const last = this.#pictures.at(-1) ?? ''
        if (pattern.test(last)) resolve(last)
      }
      this.#onDraw()
    })
  }
}

describe('trunkline top, live', () => {
  function live(...words: string[]) {
    const screen = new TestScreen()
    const terminal = new TestTerminal((bare) => run(['top', '--url', url, '--interval', '50ms', ...words], Object.assign(bare, { screen })))
    return { screen, terminal }
  }

  it('draws, reacts to keys and to the size, and ends with q', async () => {
    const { screen, terminal } = live()
    const first = await screen.shows(/by CALLS\/s/)
    expect(first.split('\r\n')).toHaveLength(9)
    screen.user?.onKey('>')
    screen.user?.onKey('r')
    await screen.shows(/by ERRORS\/s, least first/)
    screen.user?.onKey('s')
    await screen.shows(/sessions, by IN\/s/)
    screen.user?.onKey('\u001b[C')
    await screen.shows(/sessions, by OUT\/s/)
    screen.user?.onKey(' ')
    await screen.shows(/paused/)
    Object.assign(screen, { columns: 20, rows: 4 })
    screen.user?.onResize()
    const small = await screen.shows(/^\S{0,20}/)
    expect(
      small
        .replaceAll(/\u001b\[[HKJ]/g, '')
        .split('\r\n')
        .map((line) => line.length <= 20),
    ).toEqual([true, true, true, true])
    screen.user?.onKey('q')
    expect(await terminal.ended).toBe(0)
    expect([screen.closed, terminal.out, terminal.err]).toEqual([1, '', ''])
  })

  it('gives the screen back when it is stopped, and when the router goes', async () => {
    const stopped = live()
    await stopped.screen.shows(/by CALLS\/s/)
    expect(await stopped.terminal.interrupt()).toBe(0)
    const lost = live()
    await lost.screen.shows(/by CALLS\/s/)
    await result('kick', '--role', 'anonymous', '--url', url)
    expect(await lost.terminal.ended).not.toBe(0)
    expect([stopped.screen.closed, lost.screen.closed, lost.terminal.err]).toEqual([1, 1, expect.stringMatching(/^error: /)])
  })
})
