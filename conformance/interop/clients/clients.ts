// The libraries in JavaScript, by name.

import { autobahnJs } from './autobahn-js.ts'
import type { PairedClient } from './client.ts'
import { ours } from './ours.ts'
import { wampy } from './wampy.ts'

export const CLIENTS: Readonly<Record<string, PairedClient>> = { ours, 'autobahn-js': autobahnJs, wampy }
