// Which events were dropped while a peer did not read: for certain, or perhaps. Uses sizes and steps only, not the
// content of events.

import type { Entry, Waiting } from './entries.ts'
import { mayCount, shareOf } from './entries.ts'

/**
 * Drops events by their policies, after a step. The smallest possible sizes of messages show which were
 * certainly dropped, the largest ones which may have been. The order of the messages of one step is not known.
 */
export function makeRoom(all: Waiting, limit: number, step: number): void {
  const own = all.entries.filter(({ message }) => mayCount(message, 'rest'))
  const entries = own.map((entry) => (shareOf(entry.message) === 'either' ? { ...entry, least: 0 } : entry))
  const waiting: Waiting = { ...all, entries }
  makeRoomAmong(waiting, limit, step)
  all.mustOverflow = waiting.mustOverflow
  all.mayOverflow = waiting.mayOverflow
}

/** Calls and results are refused, and take no room from others. */
function makeRoomAmong(waiting: Waiting, limit: number, step: number): void {
  const { entries } = waiting
  const added = entries.filter((entry) => entry.step === step && entry.message.length > 0)
  if (added.length === 0) return
  for (const entry of added) if (entry.event?.policy === 'conflate') replaceBy(entry, entries, added.length === 1)
  waiting.perhaps.delete(step)
  // The router may end a session, so that its events stay, before its GOODBYE is queued or after it.
  const isEnding = entries.some(({ sealedAt }) => sealedAt === step)
  if (isEnding) waiting.mayOverflow ||= octetsPerhaps(waiting, step) > limit && entries.length > 1
  else dropCertain(waiting, added, limit)
  dropPerhaps(waiting, added, limit, step)
}

function replaceBy(last: Entry, entries: readonly Entry[], isAlone: boolean): void {
  for (const entry of entries) {
    if (entry === last) return
    const { event, sealedAt, fate } = entry
    const isSealed = sealedAt !== undefined && sealedAt !== last.step
    if (event === undefined || isSealed || fate === 'gone') continue
    if (event.subscription !== last.event?.subscription || event.topic !== last.event.topic) continue
    // Its session ends in this step: before the newer came, or after it.
    if (sealedAt !== undefined) {
      entry.fate = 'may be gone'
      entry.least = 0
      continue
    }
    entry.fate = 'gone'
    entry.goneAt = last.step
    if (!isAlone) entry.replacedAt = last.step
  }
}

/** Which of the earlier events must have been dropped; returns whether even that was not enough. */
function dropCertain(waiting: Waiting, added: readonly Entry[], limit: number): void {
  const { entries } = waiting
  const isThere = ({ fate, message, place }: Entry): boolean => fate === 'stays' && message.length > 0 && place.isOptional !== true
  const staying = entries.filter((entry) => isThere(entry) && (!isMortal(entry) || entry.sealedAt !== undefined))
  const areMany = staying.filter(({ message }) => shareOf(message) !== 'either').length > 1
  waiting.mustOverflow ||= sumOf(staying, 'least') > limit && areMany

  let least = sumOf(
    entries.filter(({ fate }) => fate !== 'gone'),
    'least',
  )
  const mayGo = (entry: Entry): boolean => isMortal(entry) && entry.fate !== 'gone' && entry.sealedAt === undefined
  for (const group of byStep(entries.filter((entry) => mayGo(entry) && !added.includes(entry)))) {
    if (least <= limit) return
    const all = sumOf(group, 'least')
    for (const entry of group) {
      entry.fate = least - (all - entry.least) > limit ? 'gone' : 'may be gone'
      if (entry.fate === 'gone') entry.goneAt = added[0]?.step
      entry.least = 0
    }
    least -= all
  }
  if (least <= limit || added.length === 1) return
  for (const entry of added.filter(mayGo)) {
    entry.fate = 'may be gone'
    entry.least = 0
  }
}

/** Which events may have been dropped; returns whether even that was perhaps not enough. A replaced event may have taken room before. */
function dropPerhaps(waiting: Waiting, added: readonly Entry[], limit: number, step: number): void {
  const { entries, perhaps } = waiting
  let before = octetsPerhaps(waiting, step)
  let after = octetsPerhaps(waiting, -1)
  const mayGo = (entry: Entry): boolean => isMortal(entry) && isAbout(entry, step) && (entry.sealedAt ?? step) === step
  for (const group of byStep(entries.filter(mayGo))) {
    if (before <= limit) return
    const at = group[0]?.step ?? step
    // The last message stays, and it may be the largest.
    const spared = at === step ? Math.max(...group.map((entry) => entry.most)) : 0
    const cut = (octets: number, all: number): number => Math.max(0, Math.min(octets - limit, all - spared, perhaps.get(at) ?? Infinity))
    const perhapsCut = cut(before, sumOf(group, 'most'))
    if (perhapsCut === 0) continue
    before -= perhapsCut
    for (const entry of group) if (entry.fate === 'stays') entry.fate = 'may be gone'
    const all = sumOf(
      group.filter(({ fate }) => fate !== 'gone'),
      'most',
    )
    const certainCut = cut(after, all)
    perhaps.set(at, Math.min(all, perhaps.get(at) ?? Infinity) - certainCut)
    after -= certainCut
  }
  const kept = entries.filter(
    (entry) => entry.message.length > 0 && (entry.fate === 'stays' || entry.sealedAt !== undefined || added.includes(entry)),
  )
  waiting.mayOverflow ||= before > limit && kept.length > 1
}

/** How many octets at most are queued, with the events that were replaced in a step. */
function octetsPerhaps({ entries, perhaps }: Waiting, step: number): number {
  let [most, of, ofStep] = [0, -1, 0]
  for (const entry of entries) {
    if (!isAbout(entry, step)) continue
    if (entry.step !== of) {
      most += Math.min(ofStep, perhaps.get(of) ?? Infinity)
      ;[of, ofStep] = [entry.step, 0]
    }
    if (isMortal(entry)) ofStep += entry.most
    else most += entry.most
  }
  return most + Math.min(ofStep, perhaps.get(of) ?? Infinity)
}

/** Whether it may have been queued for some time in this step. */
function isAbout({ fate, replacedAt }: Entry, step: number): boolean {
  return fate !== 'gone' || replacedAt === step
}

/** Whether it may be dropped while its session lasts. */
function isMortal({ event }: Entry): boolean {
  return event !== undefined && event.policy !== 'disconnect'
}

function byStep(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = []
  for (const entry of entries) {
    const group = groups.at(-1)
    if (group?.[0]?.step === entry.step) group.push(entry)
    else groups.push([entry])
  }
  return groups
}

function sumOf(entries: readonly Entry[], size: 'least' | 'most'): number {
  return entries.reduce((sum, entry) => sum + entry[size], 0)
}
