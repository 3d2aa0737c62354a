// The entry of the command: the process's words and terminal to the program, its exit code back. Nothing else.

import { run } from './program.ts'
import { exit, processTerminal } from './terminal.ts'

exit(await run(process.argv.slice(2), processTerminal()))
