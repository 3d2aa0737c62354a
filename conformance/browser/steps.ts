// The steps of a suite in a browser: each runs after the other, and what it did is printed.

/** A step of a suite. */
export type Step = readonly [title: string, run: () => Promise<void>]

/** Runs steps in order, and prints how each went. */
export async function runSteps(
  steps: readonly Step[],
  onFailure: (count: number) => Promise<void> = () => Promise.resolve(),
): Promise<Count> {
  const count = { passed: 0, failed: 0 }
  for (const [title, run] of steps) {
    try {
      await run()
      count.passed++
      console.log(`ok      ${title}`)
    } catch (error) {
      count.failed++
      console.log(`FAILED  ${title}\n${error instanceof Error ? error.message : String(error)}`)
      await onFailure(count.failed)
    }
  }
  return count
}

export interface Count {
  readonly passed: number
  readonly failed: number
}
