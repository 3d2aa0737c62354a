// The fabric of a router that is a node of a cluster, put together from its parts.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { hostname } from 'node:os'
import type { Serializer, SerializerName } from '@trunkline/protocol'
import type { Deadline } from './core/index.ts'
import type { Bus, Log } from './core/ports/index.ts'
import { nodeReports, settingsReports } from './cluster-reports.ts'
import { sharedIds } from './cluster/shared-ids.ts'
import { BusLinks } from './fabric/bus-links.ts'
import { createCounters } from './fabric/counters.ts'
import { Fabric } from './fabric/fabric.ts'
import type { FabricParts } from './fabric/fabric.ts'
import { FrameCodec } from './fabric/frame-codec.ts'
import type { Seal } from './fabric/hello.ts'
import { nameTaken } from './joining.ts'
import { nodeText } from './node-text.ts'
import type { ClusterOptions } from './router-options.ts'

/** What the fabric needs of its router. */
export interface FabricHost extends Pick<FabricParts, 'clock' | 'counters' | 'deadlines' | 'scheduler' | 'format' | 'guard'> {
  readonly serializers: Readonly<Record<SerializerName, Serializer>>
  readonly log: Log
}

/** Puts the fabric together. */
export function fabricOf(options: ClusterOptions, host: FabricHost): Fabric {
  const { name, by, secret = name, callees = 'local' } = options
  const { clock, counters, deadlines, scheduler, format, log, guard } = host
  const parts: FabricParts = {
    links: 'announce' in by ? linksOver(by, { ...options, secret }, host) : by,
    guard,
    clock,
    deadlines,
    counters,
    scheduler,
    format,
    prefersOwn: callees === 'local',
    idOf: sharedIds(secret),
    onFault: (node, reason) => log.error('node broke the protocol', { area: 'cluster', node, reason }),
    settings: settingsReports(log),
  }
  return new Fabric(parts)
}

function linksOver(
  bus: Bus,
  { secret, onNameTaken }: Pick<ClusterOptions, 'onNameTaken'> & { readonly secret: string },
  { clock, deadlines, scheduler, serializers, log, guard }: FabricHost,
): BusLinks {
  const deadline: Deadline = { at: 0, place: -1, expire: () => guard(() => links.wake()) }
  const links: BusLinks = new BusLinks({
    bus,
    clock,
    scheduler,
    alarm: { set: (at) => deadlines.set(deadline, at) },
    text: nodeText,
    codec: new FrameCodec(serializers, nodeText),
    seal: sealOf(secret),
    counters: createCounters(),
    boot: clock.now(),
    host: hostname(),
    nameMs: bus.nameMs ?? 0,
    report: nodeReports(log, (by) => onNameTaken?.(nameTaken(bus.node, by))),
  })
  return links
}

function sealOf(secret: string): Seal {
  const sign = (text: string): string => createHmac('sha256', secret).update(text).digest('hex')
  return { sign, isSigned: (text, mac) => isSame(sign(text), mac) }
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}
