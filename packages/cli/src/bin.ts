// The entry of the command: the process's words and terminal to the program, its exit code back. Nothing else.

// One package after the other: Node opens all files of a graph at once, and a process may be allowed few descriptors.
await import('@trunkline/protocol')
await import('@trunkline/client')
await import('@trunkline/router')
const { processTerminal } = await import('./terminal.ts')
const { run } = await import('./program.ts')

const terminal = processTerminal()
terminal.exit(await run(process.argv.slice(2), terminal))

export {}
