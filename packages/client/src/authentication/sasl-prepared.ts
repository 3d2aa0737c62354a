// SASLprep (RFC 4013) for names and passwords. Its tables are large and loaded only for what is not plain ASCII.

/** @throws when the text holds what is prohibited */
export async function saslPrepared(text: string): Promise<string> {
  if (/^[ -~]*$/.test(text)) return text
  const { saslprep } = await import('@mongodb-js/saslprep')
  return saslprep(text)
}
