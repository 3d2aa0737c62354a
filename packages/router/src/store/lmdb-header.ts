// The first pages of a file of lmdb, read before lmdb maps it: to touch a page that is not there ends the process.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const MAGIC = 0xbeef_c0de
const VERSION = 2
/** Of a page that holds what the file is. */
const META = 0x08
const HEAD = 24
/** Places behind the head of the page. */
const [AT_MAGIC, AT_VERSION, AT_PAGE_SIZE, AT_LAST, AT_TRANSACTION] = [0, 4, 24, 120, 128]
const LENGTH = HEAD + 136

interface Meta {
  readonly pageSize: number
  readonly lastPage: number
  readonly transaction: number
}

/** What is wrong with a file, as far as its head and its length show; undefined when nothing is. */
export function damageOf(path: string): string | undefined {
  const file = openSync(path, 'r')
  try {
    const first = metaAt(file, 0)
    if (first === undefined) return 'it does not begin as a file of lmdb does'
    const second = metaAt(file, first.pageSize)
    if (second === undefined) return 'its second page is not that of a file of lmdb'
    if (second.pageSize !== first.pageSize) return 'its first pages do not agree'
    const newest = second.transaction > first.transaction ? second : first
    const [length, needed] = [fstatSync(file).size, (newest.lastPage + 1) * newest.pageSize]
    return length < needed ? `it is cut off: ${needed} octets are in use, ${length} are there` : undefined
  } finally {
    closeSync(file)
  }
}

function metaAt(file: number, position: number): Meta | undefined {
  const page = Buffer.alloc(LENGTH)
  if (readSync(file, page, 0, LENGTH, position) < LENGTH) return undefined
  const meta = page.subarray(HEAD)
  const isMeta = (page.readUInt16LE(18) & META) !== 0
  if (!isMeta || meta.readUInt32LE(AT_MAGIC) !== MAGIC || (meta.readUInt32LE(AT_VERSION) & 0xffff) !== VERSION) return undefined
  const pageSize = meta.readUInt32LE(AT_PAGE_SIZE)
  if (pageSize < 256 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined
  return { pageSize, lastPage: Number(meta.readBigUInt64LE(AT_LAST)), transaction: Number(meta.readBigUInt64LE(AT_TRANSACTION)) }
}
