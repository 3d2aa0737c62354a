// A chart of one or two series over the last minutes, with their newest values as text above it; the pointer shows earlier ones.

import { useEffect, useRef, useState } from 'preact/hooks'
import { useSignalEffect } from '@preact/signals'
import uPlot from 'uplot'
import type { SeriesName } from '../state/samples.ts'
import { firstSecond, roundOctetsUp, roundUp } from '../state/axis.ts'
import { useDashboard } from './context.ts'
import { timeOfDay } from '../state/formats.ts'

interface ChartSeries {
  readonly name: SeriesName
  readonly label: string
}

export interface ChartProps {
  readonly title: string
  readonly series: readonly ChartSeries[]
  readonly format: (value: number) => string
  /** The axis reaches up to this at least, so that noise looks small. */
  readonly least: number
  readonly isOctets?: boolean
}

const HEIGHT = 116
const COLOURS = ['--series-a', '--series-b'] as const

export function Chart({ title, series, format, least, isOctets = false }: ChartProps) {
  const { watch, theme } = useDashboard()
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const [pointed, setPointed] = useState<number | undefined>(undefined)
  const shown = theme.shown.value
  void watch.beat.value

  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const made = new uPlot(options({ series, format, least, isOctets, width: element.clientWidth, onPoint: setPointed }), data(), element)
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [shown])
  useSignalEffect(() => {
    void watch.beat.value
    plot.current?.setData(data())
  })

  function data(): uPlot.AlignedData {
    return [watch.samples.times, ...series.map(({ name }) => watch.samples.values(name))] as unknown as uPlot.AlignedData
  }

  const at = pointed === undefined ? undefined : watch.samples.times[pointed]
  const values = series.map(({ name, label }) => {
    const value = pointed === undefined ? watch.samples.latest(name) : (watch.samples.values(name)[pointed] ?? undefined)
    return { label, text: value === undefined ? '–' : format(value) }
  })
  const summary = `${title}, last five minutes. Now: ${values.map(({ label, text }) => `${label} ${text}`).join(', ')}.`
  return (
    <figure class="chart card">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="chart-time">{at === undefined ? '' : timeOfDay(new Date(at * 1_000))}</span>
        <span class="chart-values">
          {values.map(({ label, text }, i) => (
            <span key={label} class={`chart-value is-${i}`}>
              <strong>{text}</strong> <span class="quiet">{label}</span>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="chart-frame" ref={frame} role="img" aria-label={summary} />
    </figure>
  )
}

interface PlotParts extends Pick<ChartProps, 'series' | 'format' | 'least' | 'isOctets'> {
  readonly width: number
  readonly onPoint: (index: number | undefined) => void
}

function options({ series, format, least, isOctets, width, onPoint }: PlotParts): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const round = isOctets === true ? roundOctetsUp : roundUp
  const lines = series.map(({ label }, i): uPlot.Series => {
    const stroke = colour(COLOURS[i] ?? COLOURS[0])
    return { label, stroke, width: 1.5, spanGaps: false, points: { show: false }, ...(i === 0 ? { fill: `${stroke}1f` } : {}) }
  })
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 2, 8, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, sync: { key: 'overview' } },
    scales: {
      x: { range: (_, oldest, newest) => [firstSecond(oldest, newest), newest] },
      y: { range: (_, __, highest) => [0, round(Math.max(least, highest))] },
    },
    axes: [
      { show: false },
      {
        size: 52,
        gap: 4,
        splits: (_, __, ___, highest) => [0, highest / 2, highest],
        values: (_, splits) => splits.map(format),
        font: `10px ${colour('--sans')}`,
        stroke: colour('--quiet'),
        grid: { stroke: colour('--grid'), width: 1 },
        ticks: { show: false },
      },
    ],
    series: [{}, ...lines],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
  }
}
