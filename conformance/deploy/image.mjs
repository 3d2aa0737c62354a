// Prints what the image of a Dockerfile runs, one word a line: `image.mjs DOCKERFILE start` its ENTRYPOINT with CMD, `image.mjs DOCKERFILE
// health` its health check.

import { readFileSync } from 'node:fs'

const [file = '', what] = process.argv.slice(2)
const text = readFileSync(file, 'utf8').replaceAll('\\\n', ' ')
const last = text.slice(text.lastIndexOf('\nFROM '))

/** The words of an instruction in its form as a list, which needs no shell. */
function words(pattern) {
  const [, list] = pattern.exec(last) ?? []
  if (list === undefined) throw new Error(`${file}: nothing matches ${pattern}`)
  return JSON.parse(list)
}

const printed =
  what === 'health' ? words(/^HEALTHCHECK .*CMD (\[.*\])$/m) : [...words(/^ENTRYPOINT (\[.*\])$/m), ...words(/^CMD (\[.*\])$/m)]
console.log(printed.join('\n'))
