// Messages as people read them in a report.

/** A message for people. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'string' && each.length > 60 ? `${each.slice(0, 20)}…(${each.length})` : each,
  )
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}
