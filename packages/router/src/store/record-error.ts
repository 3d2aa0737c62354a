/** What was kept cannot be read. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}
