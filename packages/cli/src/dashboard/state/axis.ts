// Round ends for the axes of charts, so that their labels are short.

const DECIMAL_STEPS = [1, 2, 4, 5, 6, 8, 10]
const BINARY_STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 384, 512, 768, 1024]

/** The least round number that is no less: 1, 2, 4, 5, 6 or 8 with zeros. */
export function roundUp(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * stepFor(value / power, DECIMAL_STEPS)
}

/** The same for octets, which are shown in KiB, MiB and so on. */
export function roundOctetsUp(value: number): number {
  if (value <= 1) return 1
  const power = 1_024 ** Math.floor(Math.log2(value) / 10)
  return power * stepFor(value / power, BINARY_STEPS)
}

function stepFor(value: number, steps: readonly number[]): number {
  return steps.find((step) => step >= value * 0.999_999) ?? value
}

/** The beginning of the time that is shown: at least a minute, at most the five that are kept. */
export function firstSecond(oldest: number, newest: number): number {
  return newest - Math.min(300, Math.max(60, newest - oldest))
}
