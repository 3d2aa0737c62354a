// What the commands around the simulation share: their options, or how they are used.

/**
 * Reads the options and runs the command with them; resolves to its exit code, 2 for options that do not fit.
 * @param read throws an error with a text for the user
 */
export async function runCommand<Options extends { readonly help: boolean }>(
  read: (args: readonly string[]) => Options,
  usage: string,
  run: (options: Options) => number | Promise<number>,
): Promise<number> {
  let options: Options
  try {
    options = read(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  if (!options.help) return run(options)
  console.log(usage)
  return 0
}
