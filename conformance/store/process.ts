// A process with the store of a folder. `write`: appends events from a number on, as fast as they are kept, until it is killed or the store is full.
// `look`: says what is there, appends one event, and closes. Each line that it prints is a JSON object.

import { LmdbEventStore } from '@trunkline/router/store-lmdb'
import type { Appended } from '@trunkline/router'
import { eventOf, isKeyed, LOGS, numbersIn, REALM } from './events.ts'

const [task = '', folder = '', first = '1'] = process.argv.slice(2)
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`)
const logged: string[] = []
const note = (event: string): void => void logged.push(event)
const store = await LmdbEventStore.open({ folder, log: { error: note, warn: note, info: note, debug: note } })
const realm = store.open(REALM)
for (const [log, rule] of Object.entries(LOGS)) realm.keep(log, rule)

const append = (number: number): Promise<Appended> => {
  const { log, event } = eventOf(number)
  return new Promise((resolve) => realm.append(log, event, resolve))
}

/** Some events under way at any time; says which number was kept last. */
async function write(from: number): Promise<void> {
  for (let number = from; ;) {
    const group = Array.from({ length: 1 + ((number * 7) % 200) }, (_, i) => append(number + i))
    const answers = await Promise.all(group)
    const error = answers.find((answer) => 'error' in answer)
    const kept = answers.findIndex((answer) => 'error' in answer)
    const count = kept < 0 ? answers.length : kept
    say({ kept: number + count - 1 })
    if (error !== undefined) return say(error)
    number += count
    realm.expire(eventOf(number).event.time)
  }
}

/** So many of the newest events are published again, where they have keys. */
const NEWEST = 400

async function look(): Promise<void> {
  const { epoch } = realm
  const found = await numbersIn(realm)
  const retained = await new Promise<{ readonly events?: readonly unknown[]; readonly error?: string }>((resolve) =>
    realm.retained({ filter: { match: 'prefix', uri: '' }, from: '', most: 1e6, mostBytes: 1e9 }, resolve),
  )
  const newest = 'error' in found ? [] : found.numbers.slice(-NEWEST).filter(isKeyed)
  const twice = (await Promise.all(newest.map(append))).flatMap((answer, i) =>
    'repeated' in answer && answer.repeated === newest[i] ? [] : [newest[i]],
  )
  say({
    epoch,
    ...found,
    twice,
    retained: retained.events?.length,
    retainedError: retained.error,
    answer: await append(1_000_000_000),
    logged,
  })
  await store.close()
}

if (task === 'write') await write(Number(first))
else if (task === 'look') await look()
if (task === 'write') {
  // Full: what is there can be read, and there is room again once rules leave some.
  const found = await numbersIn(realm)
  realm.keep('all', { events: 100 })
  const answers: Appended[] = []
  for (let i = 0; i < 20; i++) {
    realm.expire(Date.now())
    answers.push(await append(2_000_000_000 + i))
  }
  say({ found: 'error' in found ? found.error : found.numbers.length, faults: 'error' in found ? [] : found.faults, answers, logged })
  await store.close()
}
