// Shows which format a scraper gets for what it accepts.

import { describe, expect, it } from 'vitest'
import { acceptedFormat } from './accepted-format.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const newText = (escaping: string): string => `text/plain; version=1.0.0; charset=utf-8; escaping=${escaping}`

describe('the format of an answer', () => {
  it.each<[string | undefined, string]>([
    [undefined, TEXT],
    ['', TEXT],
    ['application/json', TEXT],
    ['*/*', TEXT],
    ['application/openmetrics-text', OPEN_METRICS],
    ['Application/OpenMetrics-Text; Version=1.0.0', OPEN_METRICS],
    ['application/openmetrics-text;version=0.0.1', TEXT],
    ['text/plain;q=0.9, application/openmetrics-text;q=0.5', TEXT],
    ['text/*;q=0.9, application/openmetrics-text;q=0.5', TEXT],
    ['*/*;q=0.9, application/openmetrics-text;q=0.5', TEXT],
    ['text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.5', TEXT],
    ['text/plain;version=0.0.3;q=0.9, application/openmetrics-text;q=0.5', OPEN_METRICS],
    ['text/html;q=0.9, application/openmetrics-text;q=0.5', OPEN_METRICS],
    ['text/plain;q=0.5, application/openmetrics-text;q=0.9', OPEN_METRICS],
    ['text/plain;q=0.5, application/openmetrics-text', OPEN_METRICS],
    ['text/plain;q=0.5, application/openmetrics-text;q=0.5', TEXT],
    ['application/openmetrics-text;q=0.5, text/plain;q=0.5', OPEN_METRICS],
    ['application/openmetrics-text;q=0', TEXT],
    ['application/openmetrics-text;q=x', TEXT],
    ['text/plain;version=1.0.0', newText('allow-utf-8')],
    ['text/plain;version=1.0.0;escaping=underscores', newText('underscores')],
    ['text/plain;version=1.0.0;escaping=dots', newText('dots')],
    ['text/plain;version=1.0.0;escaping=values', newText('values')],
    ['text/plain;version=1.0.0;escaping=other', newText('allow-utf-8')],
    [`${'a/b,'.repeat(15)}application/openmetrics-text`, OPEN_METRICS],
    [`${'a/b,'.repeat(16)}application/openmetrics-text`, TEXT],
  ])('for %j is %s', (header, contentType) => {
    expect(acceptedFormat(header)).toEqual({ format: contentType === OPEN_METRICS ? 'openmetrics' : 'text', contentType })
  })
})
