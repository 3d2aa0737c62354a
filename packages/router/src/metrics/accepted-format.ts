// Which format a scraper wants, by its Accept header (RFC 9110, "Content Negotiation"). Reads only the header.

import type { TextFormat } from './exposition.ts'

/** A format with the Content-Type of its answer. */
export interface AcceptedFormat {
  readonly format: TextFormat
  readonly contentType: string
}

/** The format that a header prefers; text where it prefers none of the two. */
export function acceptedFormat(header: string | undefined): AcceptedFormat {
  let best = { quality: 0, answer: TEXT }
  for (const range of (header ?? '').split(',', MOST_RANGES)) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const valueOf = (name: string): string | undefined => parameters.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
    const answer = answerTo(type, valueOf('version'), valueOf('escaping'))
    const quality = Number(valueOf('q') ?? '1')
    if (answer !== undefined && quality > best.quality) best = { quality, answer }
  }
  return best.answer
}

function answerTo(type: string, version: string | undefined, escaping: string | undefined): AcceptedFormat | undefined {
  if (type === 'application/openmetrics-text') {
    return version === undefined || version === '1.0.0' ? OPEN_METRICS : undefined
  }
  if (type !== 'text/plain' && type !== 'text/*' && type !== '*/*') return undefined
  if (version !== '1.0.0') return version === undefined || version === '0.0.4' ? TEXT : undefined
  // No name here needs escaping, so each kind of it is right.
  const kind = ESCAPINGS.find((each) => each === escaping) ?? 'allow-utf-8'
  return { format: 'text', contentType: `text/plain; version=1.0.0; charset=utf-8; escaping=${kind}` }
}

const TEXT: AcceptedFormat = { format: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8' }
const OPEN_METRICS: AcceptedFormat = { format: 'openmetrics', contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8' }
const ESCAPINGS = ['allow-utf-8', 'underscores', 'dots', 'values']
const MOST_RANGES = 16
