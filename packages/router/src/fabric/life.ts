// Numbers of the lives of a link: 32 bits that follow the clock in steps of 10 ms, so that they grow over restarts, too. They wrap, and are
// compared as serial numbers. 0 is none.

const STEP_MS = 10

export function firstLife(now: number): number {
  return Math.floor(now / STEP_MS) >>> 0 || 1
}

/** A later life than `last`, whatever the clock says. */
export function nextLife(last: number, now: number): number {
  const life = firstLife(now)
  return isEarlier(last, life) ? life : (last + 1) >>> 0 || 1
}

export function isEarlier(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}
