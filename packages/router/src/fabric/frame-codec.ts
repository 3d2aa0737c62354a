// Frames to octets and back. What does not follow the layout is a FrameError; nothing else gets out of `decode`.

import type { Serializer, SerializerName, TextPort } from '@trunkline/protocol'
import { createCborSerializer, PayloadError, ProtocolError } from '@trunkline/protocol'
import { FrameError } from './frame-error.ts'
import type { Layout } from './frame-layouts.ts'
import { LAYOUTS } from './frame-layouts.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'
import type { Frame } from './frames.ts'

/** Types from here on may be skipped by who does not know them. */
const OPTIONAL = 0x80
/** Deeper than what any router takes from its clients: nodes may have different limits. */
const DEEPEST = 512

const BY_TYPE = new Map(LAYOUTS.map((layout) => [layout.type, layout]))
const BY_CODE: readonly (Layout | undefined)[] = Array.from({ length: OPTIONAL }, (_, code) =>
  LAYOUTS.find((layout) => layout.code === code),
)

/** The layout of every type of frame, for one node. One instance serves any number of links. */
export class FrameCodec {
  readonly #writer: FrameWriter
  readonly #reader: FrameReader

  /** @param serializers those of the router: decoded payloads are converted by them */
  constructor(serializers: Readonly<Record<SerializerName, Serializer>>, text: TextPort) {
    const cbor = createCborSerializer({ text, maxDepth: DEEPEST })
    this.#writer = new FrameWriter(text, cbor)
    this.#reader = new FrameReader(text, cbor, serializers)
  }

  /**
   * Writes a frame. The result holds until the next call and may be given to several links; from `LARGE_MESSAGE` octets on it is an
   * array of its own, which belongs to the caller. Details without entries come back as undefined.
   * @throws {FrameError} when a number is out of range, or CBOR cannot hold a value
   */
  encode(frame: Frame): Uint8Array {
    const layout = BY_TYPE.get(frame.type)
    if (layout === undefined) throw new FrameError(`there is no frame of type ${frame.type}`)
    const writer = this.#writer
    try {
      writer.begin()
      writer.u8(layout.code)
      writer.u16(frame.realm)
      layout.write(writer, frame)
      return writer.take()
    } catch (error) {
      throw asFrameError(error)
    }
  }

  /** Releases what the last frame that was written took. */
  release(): void {
    this.#writer.begin()
  }

  /**
   * Reads the frame in a range of octets. Its payload is a view on them; all else is copied.
   * @returns undefined for a type that is not known and may be skipped
   * @throws {FrameError} when it does not follow the layout
   */
  decode(bytes: Uint8Array, start = 0, end = bytes.length): Frame | undefined {
    const reader = this.#reader
    reader.begin(bytes, start, end)
    try {
      const code = reader.u8()
      if (code >= OPTIONAL) return undefined
      const layout = BY_CODE[code]
      if (layout === undefined) throw new FrameError(`there is no frame of type ${code}`)
      const frame = layout.read(reader, reader.u16())
      reader.finish()
      return frame
    } catch (error) {
      throw asFrameError(error)
    } finally {
      reader.release()
    }
  }
}

function asFrameError(error: unknown): unknown {
  return error instanceof ProtocolError || error instanceof PayloadError ? new FrameError(error.message, { cause: error }) : error
}
