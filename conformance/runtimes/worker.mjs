// The program in a page or a worker of any kind: runs for each message with the URL of a router, and answers at the port that comes along.

import { run } from './program.mjs'

function answer({ data: url, ports: [port] }) {
  return run([url]).then((outcome) => port.postMessage(outcome))
}

globalThis.addEventListener('message', (event) => {
  const answered = answer(event)
  // A service worker lives as long as its events.
  event.waitUntil?.(answered)
})
// A page of a shared worker connects first.
globalThis.addEventListener('connect', ({ ports: [page] }) => {
  page.onmessage = answer
})
