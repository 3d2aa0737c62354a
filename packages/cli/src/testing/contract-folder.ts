// A folder with modules that declare contracts. They find @trunkline/contract, made of its sources, and the packages of the
// repository. For tests only.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const CACHE = join(ROOT, '.cache')

export class ContractFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<ContractFolder> {
    mkdirSync(CACHE, { recursive: true })
    const folder = new ContractFolder(mkdtempSync(join(CACHE, 'contracts-')))
    const place = 'node_modules/@trunkline/contract'
    folder.write(`${place}/package.json`, JSON.stringify({ type: 'module', exports: './index.js' }))
    folder.write('package.json', JSON.stringify({ type: 'module' }))
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['packages/contract/src/index.ts'],
      outfile: folder.at(`${place}/index.js`),
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['trunkline-source'],
    })
    return folder
  }

  at(name: string): string {
    return join(this.path, name)
  }

  /** Writes a file and returns its path. */
  write(name: string, content: string | object): string {
    const file = this.at(name)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }

  remove(): void {
    rmSync(this.path, { recursive: true })
  }
}
