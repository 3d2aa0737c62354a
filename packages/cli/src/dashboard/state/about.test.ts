// Shows where the page connects.

import { expect, it } from 'vitest'
import { socketUrl } from './about.ts'

it('the WebSocket is beside the page, encrypted as the page is', () => {
  expect(socketUrl({ adminRealm: 'a', socket: 'ws' }, 'http://127.0.0.1:8080/#/overview')).toBe('ws://127.0.0.1:8080/ws')
  expect(socketUrl({ adminRealm: 'a', socket: '../ws' }, 'https://ops.example.com/router/dashboard/')).toBe(
    'wss://ops.example.com/router/ws',
  )
})
