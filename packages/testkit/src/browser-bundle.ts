// A program bundled for browsers, as its users deploy it: to measure it, and to look at what is in it.

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export interface BrowserBundle {
  readonly text: string
  /** Compressed by gzip. */
  readonly octets: number
  /** The files of which anything is in it. */
  readonly inputs: readonly string[]
  /** What it still imports. */
  readonly imports: readonly string[]
}

/**
 * Bundles and minifies a program.
 * @param besides the URL of the file whose imports it shares
 * @param external packages that stay outside
 */
export async function browserBundle(code: string, besides: string, external: string[] = []): Promise<BrowserBundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', besides)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser', 'trunkline-source'],
    external,
    write: false,
    metafile: true,
  })
  const [output] = outputFiles
  const [described] = Object.values(metafile.outputs)
  const inputs = Object.entries(described?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return {
    text: output?.text ?? '',
    octets: gzipSync(output?.contents ?? '', { level: 9 }).length,
    inputs: inputs.map(([path]) => path),
    imports: (described?.imports ?? []).map(({ path }) => path),
  }
}
