// Faults that change nothing which anybody could see, by the name that the run prints, each with the reason.

export const EQUIVALENT: ReadonlyMap<string, string> = new Map([])
