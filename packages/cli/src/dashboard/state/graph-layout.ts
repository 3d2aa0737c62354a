// Where the parts of the graph of traffic stand: on the left who calls and publishes, in the middle what, on the right who answers and
// subscribes. What stays keeps its place in the middle, so that a reader can follow it while rates change.

export interface Edge {
  readonly from: string
  readonly via: string
  readonly to: string
  /** Per second. */
  readonly rate: number
}

export interface PlacedNode {
  readonly name: string
  /** From 0, downwards. */
  readonly row: number
  /** Of all its edges, per second. */
  readonly rate: number
}

/** Lines between two columns: from a row to a row. */
export interface PlacedLine {
  readonly id: string
  readonly via: string
  readonly from: number
  readonly to: number
  readonly rate: number
}

export interface Layout {
  readonly left: readonly PlacedNode[]
  readonly middle: readonly PlacedNode[]
  readonly right: readonly PlacedNode[]
  readonly leftLines: readonly PlacedLine[]
  readonly rightLines: readonly PlacedLine[]
  readonly rows: number
}

/** @param before the names in the middle, in the order in which they stood */
export function layoutOf(edges: readonly Edge[], before: readonly string[]): Layout {
  const middle = placed(keptOrder(sums(edges, 'via'), before), sums(edges, 'via'))
  const rowOf = new Map(middle.map(({ name, row }) => [name, row]))
  const left = beside(edges, 'from', rowOf)
  const right = beside(edges, 'to', rowOf)
  return {
    left,
    middle,
    right,
    leftLines: lines(edges, 'from', left, rowOf),
    rightLines: lines(edges, 'to', right, rowOf),
    rows: Math.max(left.length, middle.length, right.length),
  }
}

/** The width of a line in pixels: from 1 to 12, by the logarithm of its rate. */
export function lineWidth(rate: number): number {
  return Math.min(12, 1 + Math.log10(1 + rate) * 2.75)
}

type Side = 'from' | 'via' | 'to'

function sums(edges: readonly Edge[], side: Side): ReadonlyMap<string, number> {
  const rates = new Map<string, number>()
  for (const edge of edges) if (edge[side] !== '') rates.set(edge[side], (rates.get(edge[side]) ?? 0) + edge.rate)
  return rates
}

function keptOrder(rates: ReadonlyMap<string, number>, before: readonly string[]): readonly string[] {
  const kept = before.filter((name) => rates.has(name))
  const others = [...rates].filter(([name]) => !kept.includes(name)).toSorted(([, a], [, b]) => b - a)
  return [...kept, ...others.map(([name]) => name)]
}

function placed(names: readonly string[], rates: ReadonlyMap<string, number>): readonly PlacedNode[] {
  return names.map((name, row) => ({ name, row, rate: rates.get(name) ?? 0 }))
}

/** Each beside what it uses, so that few lines cross. */
function beside(edges: readonly Edge[], side: 'from' | 'to', rowOf: ReadonlyMap<string, number>): readonly PlacedNode[] {
  const rates = sums(edges, side)
  const heights = new Map<string, { sum: number; count: number }>()
  for (const edge of edges) {
    if (edge[side] === '') continue
    const height = heights.get(edge[side]) ?? { sum: 0, count: 0 }
    heights.set(edge[side], { sum: height.sum + (rowOf.get(edge.via) ?? 0), count: height.count + 1 })
  }
  const meanOf = (name: string): number => {
    const { sum, count } = heights.get(name) ?? { sum: 0, count: 1 }
    return sum / count
  }
  const names = [...rates.keys()].toSorted((a, b) => meanOf(a) - meanOf(b) || (a < b ? -1 : 1))
  return placed(names, rates)
}

function lines(
  edges: readonly Edge[],
  side: 'from' | 'to',
  nodes: readonly PlacedNode[],
  rowOf: ReadonlyMap<string, number>,
): readonly PlacedLine[] {
  const nodeRow = new Map(nodes.map(({ name, row }) => [name, row]))
  const merged = new Map<string, PlacedLine>()
  for (const edge of edges) {
    const [outer, inner] = [nodeRow.get(edge[side]), rowOf.get(edge.via)]
    if (outer === undefined || inner === undefined) continue
    const id = JSON.stringify([edge[side], edge.via])
    const [from, to] = side === 'from' ? [outer, inner] : [inner, outer]
    merged.set(id, { id, via: edge.via, from, to, rate: (merged.get(id)?.rate ?? 0) + edge.rate })
  }
  return [...merged.values()]
}
