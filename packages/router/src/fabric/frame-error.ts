/** A frame that breaks the layout: the fault of the node that sent it, or of ours when we write it. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}
