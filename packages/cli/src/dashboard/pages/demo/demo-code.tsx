// The demo as code to copy: what was clicked, by a program and from a terminal; and where the router listens.

import { useDashboard } from '../../parts/context.ts'
import { Card, Code, Facts } from '../../parts/small.tsx'
import { commandLine, program, source } from '../../state/snippets.ts'
import type { Demo } from './use-demo.ts'
import { numbersOf, PROCEDURE, TOPIC } from './use-demo.ts'

export function DemoCode({ demo }: { readonly demo: Demo }) {
  const dashboard = useDashboard()
  const context = dashboard.snippetContext(demo.realm)
  const numbers = numbersOf(demo) ?? [2, 3]
  const call = [
    `const value = await client.call('${PROCEDURE}', [${numbers.map(source).join(', ')}])`,
    'console.log(value)',
    'await client.stop()',
  ]
  const publish = [
    `const topic = '${TOPIC}'`,
    'await client.subscribe(topic, ({ args }) => console.log(...args))',
    `await client.publish(topic, [${source(demo.text)}], { excludeMe: false })`,
  ]
  return (
    <Card title="The same as code" class="demo-code">
      <div class="snippets" id="call-snippets">
        <Code title="A call, in JavaScript" text={program(context, call)} />
        <Code title="A call, in a terminal" text={commandLine(context, ['call', PROCEDURE], numbers)} />
      </div>
      <div class="snippets" id="chat-snippets">
        <Code title="An event, in JavaScript" text={program(context, publish)} />
        <Code title="A subscriber, in a terminal" text={commandLine(context, ['subscribe', TOPIC], [])} />
        <Code title="A publisher, in another terminal" text={commandLine(context, ['publish', TOPIC], [demo.text])} />
      </div>
      <h3>This router</h3>
      <div id="listeners">
        <Facts
          facts={(dashboard.about.development?.listeners ?? []).map((address) => ({
            name: kindOf(address),
            value: <code>{address}</code>,
          }))}
        />
      </div>
      <p>
        <a href="https://github.com/trunkline-wamp/trunkline/blob/main/docs/README.md">Documentation</a>
      </p>
    </Card>
  )
}

function kindOf(address: string): string {
  return address.startsWith('ws') ? 'WebSocket' : 'RawSocket'
}
