// Shows the table of remembered logins: its bounds, and the file that it is kept in.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '@trunkline/testing/ports'
import { afterAll, describe, expect, it } from 'vitest'
import type { IssuedCookieOptions } from './options.ts'
import type { RememberedLogin } from './remembered-logins.ts'
import { RememberedLogins } from './remembered-logins.ts'

const JOE: RememberedLogin = { authid: 'joe', role: 'user', provider: 'static', method: 'ticket', proof: 'p' }
const folder = mkdtempSync(join(tmpdir(), 'trunkline-logins-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const newFile = (): string => join(folder, `${++files}.json`)

describe('remembered logins', () => {
  const clock = new ManualClock()
  const make = (options: IssuedCookieOptions = {}): RememberedLogins => new RememberedLogins(options, clock)
  const names = (logins: RememberedLogins, cookies: readonly string[]): unknown[] => cookies.map((cookie) => logins.find(cookie)?.authid)

  it('are bounded; the one used longest ago goes', () => {
    const logins = make({ most: 2 })
    for (const each of ['a', 'b']) logins.remember(each, { ...JOE, authid: each })
    logins.find('a')
    logins.remember('c', { ...JOE, authid: 'c' })
    expect(names(logins, ['a', 'b', 'c'])).toEqual(['a', undefined, 'c'])
    logins.change({ most: 1 })
    expect(names(logins, ['a', 'c'])).toEqual([undefined, 'c'])
  })

  it('are bounded for each user, who displaces nobody else', () => {
    const logins = make({ most: 20 })
    logins.remember('ann', { ...JOE, authid: 'ann' })
    for (let i = 0; i < 100; i++) logins.remember(`joe${i}`, JOE)
    expect(logins.size).toBe(17)
    expect(names(logins, ['ann', 'joe83', 'joe84'])).toEqual(['ann', undefined, 'joe'])
  })

  it('outlive the router in their file, which holds no cookie and is for its owner alone', async () => {
    const file = newFile()
    const logins = make({ file, ageMs: 60_000 })
    for (let i = 0; i < 600; i++) logins.remember(`cookie-${i}`, { ...JOE, authid: `user-${i}`, realm: 'shop' })
    logins.forget('cookie-0')
    await logins.save()
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain('cookie-')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
    const later = make({ file })
    expect(later.size).toBe(599)
    expect(later.find('cookie-599')).toMatchObject({ authid: 'user-599', realm: 'shop', role: 'user' })
    expect(later.find('cookie-0')).toBeUndefined()
    clock.advance(60_000)
    expect(later.find('cookie-599')).toBeUndefined()
    later.purge()
    expect(later.size).toBe(0)
  })

  it('are saved with everything that was forgotten before it was asked for', async () => {
    const file = newFile()
    const logins = make({ file })
    for (let i = 0; i < 2_000; i++) logins.remember(`cookie-${i}`, { ...JOE, authid: `user-${i}` })
    const first = logins.save()
    logins.forgetUser('user-1')
    await logins.save()
    expect(make({ file }).find('cookie-1')).toBeUndefined()
    await first
    expect(logins.isChanged).toBe(false)
  })

  it('stay as they were when their file cannot be written, and are written when it can', async () => {
    const place = join(folder, 'not-there')
    const file = join(place, 'logins.json')
    const logins = make({ file })
    logins.remember('a', JOE)
    await expect(logins.save()).rejects.toThrow('ENOENT')
    expect(logins.isChanged).toBe(true)
    mkdirSync(place)
    await logins.save()
    expect(make({ file }).find('a')).toMatchObject({ authid: 'joe' })
  })

  it.each(['hello', '{}', '{"format":"trunkline remembered logins","version":2}\n'])('refuse a file that is something else: %j', (text) => {
    const file = newFile()
    writeFileSync(file, text)
    expect(() => make({ file })).toThrow(`cannot read remembered logins from ${file}`)
  })

  it('leave out lines that are no logins', async () => {
    const file = newFile()
    const logins = make({ file })
    logins.remember('a', JOE)
    await logins.save()
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"sum":"x"}\nnull\n`)
    expect(make({ file }).size).toBe(1)
  })
})
