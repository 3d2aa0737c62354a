// The drawing of the graph: boxes in three columns, lines between them as wide as their rates. The tables below it say the same to
// screen readers, and on narrow screens take its place.

import { useRef, useState } from 'preact/hooks'
import type { Layout, PlacedLine, PlacedNode } from '../../state/graph-layout.ts'
import { layoutOf, lineWidth } from '../../state/graph-layout.ts'
import type { Picture } from '../../state/admin.ts'
import type { Middle } from '../../state/picture.ts'
import { edgesOf, middlesOf } from '../../state/picture.ts'
import { short } from '../../state/formats.ts'

const ROW = 58
const BOX = 46

/** The columns, of a thousand: where boxes end and lines begin. */
const COLUMNS = { left: [0, 230], middle: [330, 690], right: [790, 1_000] } as const

export function GraphDrawing({ picture }: { readonly picture: Picture }) {
  const order = useRef<readonly string[]>([])
  const [pointed, setPointed] = useState<string | undefined>(undefined)
  const layout = layoutOf(edgesOf(picture), order.current)
  order.current = layout.middle.map(({ name }) => name)
  const middles = middlesOf(picture)
  const height = layout.rows * ROW
  return (
    <div class="card graph" aria-hidden="true">
      <div class="graph-heads quiet">
        <span>Callers and publishers</span>
        <span>Procedures and topics</span>
        <span>Callees and subscribers</span>
      </div>
      <div class="graph-frame" style={{ height: `${height}px` }}>
        <svg viewBox={`0 0 1000 ${height}`} preserveAspectRatio="none">
          <Lines layout={layout} middles={middles} pointed={pointed} />
        </svg>
        <Column nodes={layout.left} column="left" rows={layout.rows} />
        {layout.middle.map((node) => (
          <MiddleBox key={node.name} node={node} middle={middles.get(node.name)} layout={layout} onPoint={setPointed} />
        ))}
        <Column nodes={layout.right} column="right" rows={layout.rows} />
      </div>
    </div>
  )
}

/** Columns with fewer boxes stand in the middle of the height. */
function top(row: number, count: number, rows: number): number {
  return row * ROW + ((rows - count) * ROW) / 2 + (ROW - BOX) / 2
}

function Column({
  nodes,
  column,
  rows,
}: {
  readonly nodes: readonly PlacedNode[]
  readonly column: 'left' | 'right'
  readonly rows: number
}) {
  return (
    <>
      {nodes.map(({ name, row, rate }) => (
        <div key={name} class={`graph-box is-${column}`} style={{ top: `${top(row, nodes.length, rows)}px` }} title={name}>
          <span class="graph-name">{name}</span>
          <span class="quiet figure">{short(rate)}/s</span>
        </div>
      ))}
    </>
  )
}

interface MiddleProps {
  readonly node: PlacedNode
  readonly middle: Middle | undefined
  readonly layout: Layout
  readonly onPoint: (name: string | undefined) => void
}

function MiddleBox({ node, middle, layout, onPoint }: MiddleProps) {
  if (middle === undefined) return null
  const style = { top: `${top(node.row, layout.middle.length, layout.rows)}px` }
  return (
    <div
      class={`graph-box is-middle is-${middle.kind}`}
      style={style}
      title={`${middle.uri}, ${middle.realm}`}
      onMouseEnter={() => onPoint(node.name)}
      onMouseLeave={() => onPoint(undefined)}
    >
      <span class="graph-name uri">{middle.uri}</span>
      <span class={`quiet figure ${middle.hasErrors ? 'is-failing' : ''}`}>
        {middle.rate} · {middle.note}
      </span>
    </div>
  )
}

interface LinesProps {
  readonly layout: Layout
  readonly middles: ReadonlyMap<string, Middle>
  readonly pointed: string | undefined
}

function Lines({ layout, middles, pointed }: LinesProps) {
  const { left, middle, right, rows } = layout
  const center = (row: number, count: number): number => top(row, count, rows) + BOX / 2
  const line = ({ id, via, from, to, rate }: PlacedLine, isLeft: boolean) => {
    const [start, end] = isLeft ? [COLUMNS.left[1], COLUMNS.middle[0]] : [COLUMNS.middle[1], COLUMNS.right[0]]
    const [y1, y2] = isLeft
      ? [center(from, left.length), center(to, middle.length)]
      : [center(from, middle.length), center(to, right.length)]
    const half = (start + end) / 2
    const fade = pointed !== undefined && pointed !== via ? ' is-faded' : ''
    return (
      <path
        key={`${isLeft ? 'left' : 'right'} ${id}`}
        class={`graph-line is-${middles.get(via)?.kind ?? 'call'}${fade}`}
        d={`M${start} ${y1}C${half} ${y1} ${half} ${y2} ${end} ${y2}`}
        stroke-width={lineWidth(rate)}
        vector-effect="non-scaling-stroke"
      />
    )
  }
  return (
    <>
      {layout.leftLines.map((each) => line(each, true))}
      {layout.rightLines.map((each) => line(each, false))}
    </>
  )
}
