// The entry of the command: passes arguments and terminal of the process to the program, and its exit code back.

// Imports one package after the other: Node opens all files of a module graph at once, and descriptors may be limited.
await import('@trunkline/protocol')
await import('@trunkline/client')
await import('@trunkline/router')
const { processTerminal } = await import('./terminal.ts')
const { run } = await import('./program.ts')

const terminal = processTerminal()
terminal.exit(await run(process.argv.slice(2), terminal))

export {}
