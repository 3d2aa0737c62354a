// The entry of the command: the process's words and terminal to the program, its exit code back. Nothing else.

import { run } from './program.ts'
import { processTerminal } from './terminal.ts'

const terminal = processTerminal()
terminal.exit(await run(process.argv.slice(2), terminal))
