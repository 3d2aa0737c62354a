// For tests: imports parts of a Crossbar.io configuration. The configurations are ours, in its format; each result is read by our own reader.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { parseConfig, tryOut } from '../config/config.ts'
import { importCrossbar } from '../import/crossbar/crossbar.ts'

interface Router {
  readonly realms?: unknown
  readonly id?: string
  readonly transports?: unknown
  readonly components?: unknown
}

export type Imported = Config & { readonly notes: readonly string[]; readonly text: string }

/** A folder for the configurations of one file of tests, until {@link remove}. */
export class CrossbarFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'trunkline-import-'))

  /** Imports the worker of a router; the new file passes the check. */
  imported(router: Router): Imported {
    const { text, notes } = importCrossbar({ version: 2, workers: [{ type: 'router', ...router }] }, this.places)
    const config = parseConfig(text, join(this.path, 'trunkline.yaml'), { PORT: '8080', SECRET: 'hush' })
    tryOut(config)
    return { ...config, notes, text }
  }

  get places(): { readonly name: string; readonly from: string; readonly to: string } {
    return { name: 'config.json', from: this.path, to: this.path }
  }

  remove(): void {
    rmSync(this.path, { recursive: true })
  }
}

export const role = (name: string, ...permissions: unknown[]) => ({ name, permissions })
export const permission = (uri: string, more: object = {}) => ({ uri, allow: { call: true, register: false }, ...more })
export const REALM = { name: 'realm1', roles: [role('user', permission('com.example.*')), role('admin'), role('anonymous')] }
export const tcp = (more: object = {}) => ({ type: 'tcp', port: 8080, ...more })
export const webSocket = (more: object = {}) => ({ type: 'websocket', endpoint: tcp(), url: 'ws://localhost:8080/ws', ...more })
