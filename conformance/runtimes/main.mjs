// The program in a process: main.mjs WEBSOCKET-URL RAWSOCKET-URL. Ends with "N passed, M failed".

import { run } from './program.mjs'

const { passed, failed, lines } = await run(globalThis.process.argv.slice(2))
for (const line of lines) console.log(line)
console.log(`${passed} passed, ${failed} failed`)
globalThis.process.exit(failed === 0 ? 0 : 1)
