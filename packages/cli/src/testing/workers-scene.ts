// What tests of several workers share: the built command in a folder, and the processes that it starts. For tests only.

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'

const CACHE = fileURLToPath(new URL('../../../../.cache/', import.meta.url))

export interface Line {
  readonly msg: string
  readonly worker?: string
  readonly address?: string
  readonly [field: string]: unknown
}

/** A folder with the built command and a configuration. */
export class WorkersFolder {
  readonly path: string
  readonly file: string

  private constructor(path: string) {
    this.path = path
    this.file = join(path, 'trunkline.yaml')
  }

  /** @param build puts the command into a folder */
  static async make(build: (to: string) => Promise<unknown>): Promise<WorkersFolder> {
    mkdirSync(CACHE, { recursive: true })
    // Inside the repository, so that packages are found from there.
    const folder = new WorkersFolder(mkdtempSync(join(CACHE, 'workers-')))
    await build(join(folder.path, 'dist'))
    copyFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), join(folder.path, 'package.json'))
    return folder
  }

  configure(text: string): void {
    writeFileSync(this.file, text)
  }

  run(...words: string[]): Child {
    return Child.node([join(this.path, 'dist', 'bin.js'), ...words], { cwd: this.path })
  }

  start(...words: string[]): Routers {
    return new Routers(this.run('start', '--config', this.file, ...words))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A router with its log. */
export class Routers {
  readonly child: Child

  constructor(child: Child) {
    this.child = child
  }

  get lines(): Line[] {
    return this.child.output
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line)
  }

  /** The place of a line in the log. */
  placeOf(line: Line): number {
    return this.child.output.split('\n').findIndex((text) => text.startsWith('{') && text === JSON.stringify(line))
  }

  /** The lines with this message, once there are so many. */
  logs(msg: string, count = 1): Promise<Line[]> {
    const found = (): Line[] => this.lines.filter((line) => line.msg === msg)
    return this.child.until(() => (found().length >= count ? found() : undefined), `log '${msg}' ${count} times`)
  }

  /** The address of the first listener, once all workers are open. */
  async open(): Promise<string> {
    await this.logs('all workers are open')
    return (await this.logs('listening'))[0]?.address ?? ''
  }
}

/** The processes that a process has started. */
export function workersOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}
