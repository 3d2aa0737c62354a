// The entry for configurations written as a module.

import type { TrunklineConfig } from './schema.ts'

/**
 * Gives a configuration its type. What it holds is checked as a file is, when a router is started with it.
 *
 * @example
 * export default defineConfig({
 *   listeners: [{ websocket: { host: '127.0.0.1', port: 8080 } }],
 *   realms: { realm1: { anonymous: { role: 'guest' }, roles: { guest: [{ uri: 'com.example.**', allow: ['call', 'subscribe'] }] } } },
 * })
 */
export function defineConfig(config: TrunklineConfig): TrunklineConfig {
  return config
}
