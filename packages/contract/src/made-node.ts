// In Node, the command that writes contract files is shown each new entry: the comment above the line that is being run describes it.

export function made<E extends object>(entry: E): E {
  ;(globalThis as { readonly ['trunkline.contract']?: (entry: object) => void })['trunkline.contract']?.(entry)
  return entry
}
