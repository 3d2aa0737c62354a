// Where the store is that a command reads or writes: a folder that is named, or that of the configuration.

import { UsageError } from '@trunkline/client'

export interface StorePlaceOptions {
  readonly config?: string
}

/** @throws {UsageError} (rejects) when both are named, or the configuration has no store on the disk */
export async function storeFolder(folder: string | undefined, { config }: StorePlaceOptions): Promise<string> {
  if (folder !== undefined && config !== undefined) throw new UsageError('expected the folder of a store or --config, not both')
  if (folder !== undefined) return folder
  const [{ configFile }, { loadConfig }] = await Promise.all([import('../config/source.ts'), import('../config/config.ts')])
  const file = configFile(config)
  const { store } = await loadConfig(file)
  if (store === undefined) throw new UsageError(`${file} has no store; name its folder`)
  if (store.in === 'memory') throw new UsageError(`${file}: the store is in memory, so that there is nothing on the disk`)
  return store.folder
}
