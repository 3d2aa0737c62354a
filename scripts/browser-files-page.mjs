// The reference page of the files for pages without a bundler: their sizes, their hashes, and a whole page for each.

import { browserFiles, version } from './browser-files.mjs'

const CDN = 'https://cdn.jsdelivr.net/npm/@trunkline/client'

/** @returns {Promise<string>} the page, without the note that it is generated */
export async function browserFilesPage() {
  const { asModule, asScript } = await browserFiles()
  const url = (/** @type {{ name: string }} */ { name }) => `${CDN}@${version}/dist/${name}`
  return `# Files for pages without a bundler

\`@trunkline/client\` brings two files that need no other: in \`node_modules/@trunkline/client/dist\`, and where packages are served file by file. Both hold all that
\`@trunkline/client\` and \`@trunkline/client/auth\` export. Their hashes are those of version ${version}; with a hash the browser refuses a file that is any other. Compressed, each has little more than a third of its size.

| file | as | size | hash |
|---|---|---|---|
| \`${asModule.name}\` | ES module | ${kib(asModule)} KiB | \`${asModule.integrity}\` |
| \`${asScript.name}\` | classic script: the global \`trunkline\` | ${kib(asScript)} KiB | \`${asScript.integrity}\` |

Each of these is a whole page. It calls a procedure that \`npx trunkline dev\` has, which allows pages of this machine: serve it on \`127.0.0.1\` or \`localhost\`.

## As a module

The import map names the file once, with its hash (browsers of before 2025 that do not know \`integrity\` there load the file without the check):

\`\`\`html
<!doctype html>
<output></output>
<script type="importmap">
  {
    "imports": { "@trunkline/client": "${url(asModule)}" },
    "integrity": { "${url(asModule)}": "${asModule.integrity}" }
  }
</script>
<script type="module">
  import { createClient } from '@trunkline/client'

  const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
  const sum = await client.call('com.example.add', [2, 3])
  document.querySelector('output').textContent = sum
</script>
\`\`\`

## As a script

\`\`\`html
<!doctype html>
<output></output>
<script src="${url(asScript)}" integrity="${asScript.integrity}" crossorigin="anonymous"></script>
<script>
  const client = trunkline.createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
  client.call('com.example.add', [2, 3]).then((sum) => {
    document.querySelector('output').textContent = sum
  })
</script>
\`\`\`

## In workers

A worker, a shared worker and a service worker take the same files: \`import\` in one of \`type: 'module'\`, \`importScripts\` in a classic one.
`
}

/** @param {import('./browser-files.mjs').BrowserFile} file */
function kib({ octets }) {
  return Math.round(octets / 1024)
}
