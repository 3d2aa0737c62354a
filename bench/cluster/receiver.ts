// The process at the other end of a hop. Usage: receiver.ts HOP FOLDER

import { report } from '../usage.ts'
import type { Hop } from './hops.ts'
import { startHop } from './hops.ts'
import { startRouters } from './routers.ts'

const [hop = 'bus', folder = ''] = process.argv.slice(2)
const ends = { node: 'b', other: 'a', folder }
const way = hop === 'events' || hop === 'calls' ? startRouters(hop, ends) : startHop(hop as Hop, ends)
report({ port: 0, rawSocketPort: 0, path: folder })
await way
