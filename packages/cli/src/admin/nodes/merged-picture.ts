// What all processes have seen of who calls and publishes what, as one picture.

import type { Picture, PublicationSubscribers } from '../graph.ts'
import { keyOfGroup, largestGroups } from '../graph.ts'

type CallRow = Picture['calls'][number]
type PublicationRow = Picture['publications'][number]

/** @param top the most calls, and the most publications, that are shown */
export function mergedPicture(pictures: readonly Picture[], top: number): Picture {
  const calls = merged(
    pictures.flatMap((each) => each.calls),
    keyOfCall,
    addCalls,
  )
  const publications = merged(
    pictures.flatMap((each) => each.publications),
    keyOfPublication,
    addPublications,
  )
  const shownCalls = calls.toSorted((a, b) => b.rate - a.rate)
  const shownPublications = publications.toSorted((a, b) => b.deliveries - a.deliveries || b.rate - a.rate)
  const others = (kind: 'calls' | 'publications', rest: readonly { readonly rate: number }[]): number =>
    rounded(sum(pictures.map((each) => each.others[kind])) + sum(rest.map(({ rate }) => rate)))
  return {
    seconds: Math.max(0, ...pictures.map(({ seconds }) => seconds)),
    calls: shownCalls.slice(0, top),
    publications: shownPublications.slice(0, top),
    others: { calls: others('calls', shownCalls.slice(top)), publications: others('publications', shownPublications.slice(top)) },
  }
}

/** The publications with the subscribers that all processes have. @param all of each process, for each publication */
export function withSubscribers(picture: Picture, all: readonly (readonly PublicationSubscribers[])[]): Picture {
  const publications = picture.publications.map((row, i) => {
    const parts = all.flatMap((each) => each[i] ?? [])
    return { ...row, subscribers: sum(parts.map(({ subscribers }) => subscribers)), to: largestGroups(parts.flatMap(({ to }) => to)) }
  })
  return { ...picture, publications }
}

function merged<Row>(rows: readonly Row[], keyOf: (row: Row) => string, add: (one: Row, other: Row) => Row): readonly Row[] {
  const found = new Map<string, Row>()
  for (const row of rows) {
    const key = keyOf(row)
    const known = found.get(key)
    found.set(key, known === undefined ? row : add(known, row))
  }
  return [...found.values()]
}

function keyOfCall({ realm, from, procedure, match, to }: CallRow): string {
  return JSON.stringify([realm, keyOfGroup(from), procedure, match, keyOfGroup(to)])
}

function keyOfPublication({ realm, from, topic }: PublicationRow): string {
  return JSON.stringify([realm, keyOfGroup(from), topic])
}

function addCalls(one: CallRow, other: CallRow): CallRow {
  const rate = one.rate + other.rate
  const mean = rate === 0 ? 0 : (one.mean_ms * one.rate + other.mean_ms * other.rate) / rate
  const times = { mean_ms: rounded(mean), max_ms: Math.max(one.max_ms, other.max_ms) }
  return { ...one, rate: rounded(rate), errors: rounded(one.errors + other.errors), ...times }
}

function addPublications(one: PublicationRow, other: PublicationRow): PublicationRow {
  return { ...one, rate: rounded(one.rate + other.rate), deliveries: rounded(one.deliveries + other.deliveries) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
