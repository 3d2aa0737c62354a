// Why a file could not be read.

/** The text of the error, plain where there is no such file. */
export function readFault(error: unknown): string {
  if ((error as { code?: unknown } | null)?.code === 'ENOENT') return 'there is no such file'
  return error instanceof Error ? error.message : String(error)
}
