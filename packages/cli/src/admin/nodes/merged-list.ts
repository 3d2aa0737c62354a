// One page of the parts that all processes have of a list: in the order of realms, and in each of sessions by age, else by id.

import type { Part } from './parts.ts'
import type { ListedRow, ListPart, ListWish, PartPlace } from './list-part.ts'
import { DONE } from './list-part.ts'

/** An entry as a process shows it, and as others do that have it as well. */
export interface Entry {
  readonly node: string
  readonly row: object
  readonly others: readonly object[]
}

export interface MergedList {
  readonly entries: readonly Entry[]
  /** Where the next page begins; undefined: the list ends here. */
  readonly next: { readonly realm: number; readonly from: readonly PartPlace[] } | undefined
}

/** A part, and how many of its rows are taken. */
interface Reading extends ListPart {
  readonly node: string
  taken: number
}

export function mergedList(parts: readonly Part<ListPart>[], { list, limit, from }: ListWish): MergedList {
  const readings: Reading[] = parts.map(({ node, answer }) => ({ ...answer, node, taken: 0 }))
  const entries: Entry[] = []
  const isById = list !== 'sessions'
  for (;;) {
    const head = least(readings)
    const bound = boundOf(readings, head, isById)
    const stop = bound ?? (entries.length >= limit ? head?.realm : undefined)
    if (stop !== undefined) return { entries, next: { realm: stop, from: placesIn(stop, readings, from) } }
    if (head === undefined) return { entries, next: undefined }
    head.reading.taken++
    entries.push({ node: head.node, row: head.row, others: isById ? takeOthers(readings, head) : [] })
  }
}

function headOf({ rows, taken }: Reading): ListedRow | undefined {
  return rows[taken]
}

interface Head extends ListedRow {
  readonly node: string
  readonly reading: Reading
}

function least(readings: readonly Reading[]): Head | undefined {
  let found: Head | undefined
  for (const reading of readings) {
    const head = headOf(reading)
    if (head !== undefined && (found === undefined || isBefore(head, found))) found = { ...head, node: reading.node, reading }
  }
  return found
}

function isBefore(one: ListedRow, other: ListedRow): boolean {
  return one.realm === other.realm ? one.order < other.order : one.realm < other.realm
}

/** The realm in which the next rows of a process are not known, if they may come before those that are. */
function boundOf(readings: readonly Reading[], head: ListedRow | undefined, isById: boolean): number | undefined {
  let found: number | undefined
  for (const { rows, taken, end } of readings) {
    if (taken < rows.length || end === undefined || (found !== undefined && found <= end.realm)) continue
    const isPassed = head !== undefined && (head.realm < end.realm || (isById && head.realm === end.realm && head.order <= end.place))
    if (!isPassed) found = end.realm
  }
  return found
}

/** The rows that others have of the same entry. */
function takeOthers(readings: readonly Reading[], { realm, order }: Head): readonly object[] {
  return readings.flatMap((reading) => {
    const head = headOf(reading)
    if (head?.realm !== realm || head.order !== order) return []
    reading.taken++
    return [head.row]
  })
}

/** Those that did not answer keep the places that they had. */
function placesIn(realm: number, readings: readonly Reading[], from: readonly PartPlace[]): readonly PartPlace[] {
  const kept = realm === 0 ? from : []
  const silent = kept.filter(({ node }) => !readings.some((reading) => reading.node === node))
  return [...readings.map((reading) => ({ node: reading.node, boot: reading.boot, after: placeIn(realm, reading, kept) })), ...silent]
}

function placeIn(realm: number, reading: Reading, kept: readonly PartPlace[]): number {
  const { node, boot, rows, taken, end } = reading
  const head = headOf(reading)
  if (head === undefined && end?.realm === realm) return end.place
  if ((head ?? end ?? { realm: Number.POSITIVE_INFINITY }).realm > realm) return DONE
  const last = rows[taken - 1]
  if (last?.realm === realm) return last.place
  return kept.find((each) => each.node === node && each.boot === boot)?.after ?? 0
}
