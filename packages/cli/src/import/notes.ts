// Notes on settings that an import could not carry over, each with its place in the new file, and the new file with a comment
// for each.

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

  /** Adds a note on a changed or missing setting. It is one line, since texts of the old file must not end the comment. */
  add(place: Place, about: string): void {
    const text = onOneLine(about)
    if (!this.#notes.some((note) => note.text === text && note.place.join() === place.join())) this.#notes.push({ place, text })
  }

  /** The notes in the order in which they were added. */
  get texts(): readonly string[] {
    return this.#notes.map(({ text }) => text)
  }

  /** A document in YAML, with each note as a comment at the nearest existing place. */
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

/** The node at a place, or at the nearest existing place around it, before which a comment can be. */
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

/** Whether a list holds only plain values without comments, which are written on one line. */
function isShort({ items }: { readonly items: readonly unknown[] }): boolean {
  return items.every((item) => isScalar(item) && (item.commentBefore ?? '') === '')
}

function onOneLine(text: string): string {
  return printable(text.replaceAll(/\s/g, ' '))
}
