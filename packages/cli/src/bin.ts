// The entry of the command: passes arguments and terminal of the process to the program, and its exit code back.

import { run } from './program.ts'
import { processTerminal } from './terminal.ts'
import { workerPlace } from './workers/worker-process.ts'

const terminal = processTerminal(workerPlace() !== undefined)
void run(process.argv.slice(2), terminal).then((code) => terminal.exit(code))
