// The nodes of a cluster as the page shows them: what each has told of itself, with the link to it, and what an operator has to mend.

import type { NodeLink, Status } from './admin.ts'

export interface NodeView {
  readonly node: string
  readonly host: string
  /** As it is to the node that answers: `running` or a state of the link. */
  readonly state: string
  /** Whether all is well with it. */
  readonly isWell: boolean
  /** What it has told of itself; undefined: it did not answer. */
  readonly told: Status['nodes'][number] | undefined
  /** Undefined for the node that answers. */
  readonly link: NodeLink | undefined
  readonly warnings: readonly string[]
}

/** Clocks that differ by more may settle conflicts in the wrong order. */
const CLOCKS_MS = 5_000

/** All nodes by name: those that answered, those that did not, and those that have left. */
export function nodeViews(status: Pick<Status, 'nodes' | 'missing' | 'version'>, links: readonly NodeLink[]): readonly NodeView[] {
  const names = new Set([...status.nodes.map(({ node }) => node), ...status.missing, ...links.map(({ node }) => node)])
  return [...names]
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map((node) => {
      const [told, link] = [status.nodes.find((each) => each.node === node), links.find((each) => each.node === node)]
      const state = told?.state ?? stateOf(link)
      const warnings = [...settingsOf(link), ...clockOf(link), ...versionOf(told, status.version)]
      const isWell = state === 'running' || state === 'left'
      return { node, host: told?.host ?? link?.host ?? '', state, isWell, told, link, warnings }
    })
}

/** A node that is linked and says nothing stands still, or does not offer the admin API. */
function stateOf(link: NodeLink | undefined): string {
  return link === undefined || link.state === 'up' ? 'no answer' : link.state
}

function settingsOf(link: NodeLink | undefined): readonly string[] {
  const realms = link?.other_settings ?? []
  return realms.length === 0 ? [] : [`other settings for ${realms.join(', ')}`]
}

function clockOf(link: NodeLink | undefined): readonly string[] {
  const ahead = link === undefined || link.state === 'left' ? 0 : link.clock_ahead_ms
  if (Math.abs(ahead) < CLOCKS_MS) return []
  return [`its clock is ${(Math.abs(ahead) / 1_000).toFixed(1)} s ${ahead > 0 ? 'ahead' : 'behind'}`]
}

function versionOf(told: NodeView['told'], version: string): readonly string[] {
  return told === undefined || told.version === version ? [] : [`Trunkline ${told.version}, and this node ${version}`]
}
