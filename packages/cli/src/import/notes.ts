// What an import could not carry over, each with the place in the new file to which it belongs, and that file with a comment
// at each. Knows no other router.

import type { Node } from 'yaml'
import { printable } from '../printable.ts'
import { Document, isMap, isNode, isScalar, isSeq, visit } from 'yaml'

/** A place in a document: keys and indices. */
export type Place = readonly (string | number)[]

interface Note {
  readonly place: Place
  readonly text: string
}

export class Notes {
  readonly #notes: Note[] = []

  /** Notes what stands there otherwise than before, or not at all. A line of the old file's own cannot end it. */
  add(place: Place, about: string): void {
    const text = onOneLine(about)
    if (!this.#notes.some((note) => note.text === text && note.place.join() === place.join())) this.#notes.push({ place, text })
  }

  /** The notes as they were made. */
  get texts(): readonly string[] {
    return this.#notes.map(({ text }) => text)
  }

  /** A document in YAML, with each note as a comment at the nearest place that is there. */
  write(value: unknown, head: string): string {
    const document = new Document(value, { aliasDuplicateObjects: false })
    document.commentBefore = ` ${onOneLine(head)}`
    for (const { place, text } of this.#notes) addComment(document, place, text)
    visit(document, { Seq: (_, seq) => void (seq.flow = isShort(seq)) })
    return document.toString({ lineWidth: 0 })
  }
}

function addComment(document: Document, place: Place, text: string): void {
  const node = nearest(document, place)
  const before = node.commentBefore
  node.commentBefore = before === undefined || before === null ? ` ${text}` : `${before}\n ${text}`
}

/** What stands at a place, or at the nearest one around it: a comment stands before a key or an item. */
function nearest(document: Document, place: Place): Node {
  for (let length = place.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(place.slice(0, length - 1), true)
    const last = place[length - 1]
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined
    if (pair !== undefined && isNode(pair.key)) return pair.key
    const item: unknown = isSeq(parent) && typeof last === 'number' ? parent.items[last] : undefined
    if (isNode(item)) return item
  }
  const root: unknown = document.contents
  const first = isMap(root) ? root.items[0]?.key : undefined
  if (!isNode(first)) throw new Error('a document without a key has no place for a comment')
  return first
}

/** Lists of words stand in a line. */
function isShort({ items }: { readonly items: readonly unknown[] }): boolean {
  return items.every((item) => isScalar(item) && (item.commentBefore ?? '') === '')
}

function onOneLine(text: string): string {
  return printable(text.replaceAll(/\s/g, ' '))
}
