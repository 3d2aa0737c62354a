// Misuse of long-poll: wrong openings, ids, bodies and requests. Never asks a router.

import type { Bytes, Case, Expectation, Step } from '../case.ts'

const OPEN = '{"protocols":["wamp.2.json"]}'
const HELLO = '[1,"open",{"roles":{"caller":{}}}]'
const GONE = 'status 404'

/** A request with a body of that length. */
function post(path: string, body: Bytes = '', length?: number, method = 'POST'): Bytes {
  const parts = typeof body === 'string' ? [body] : body
  const octets = parts.reduce(
    (sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : Buffer.byteLength(part.of) * part.times),
    0,
  )
  return [`${method} /longpoll/${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length ?? octets}\r\n\r\n`, ...parts]
}

const chunked = (path: string, chunks: Bytes): Bytes => [
  `POST /longpoll/${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ...(typeof chunks === 'string' ? [chunks] : chunks),
]

const OPENED: Step = { octets: post('open', OPEN), expect: 'status 200' }
const send = (body: Bytes, expect: Expectation): Step => ({ octets: post('$transport/send', body), expect })
const RECEIVE: Step = { octets: post('$transport/receive'), expect: 'status 200' }
const received = (expect: Expectation): Step[] => [RECEIVE, { expect }]
const JOINED: readonly Step[] = [OPENED, send(HELLO, 'status 202'), ...received([2, '*', '*'])]
const ABORTED: readonly Step[] = [...received([3, '*', '*']), { octets: post('$transport/receive'), expect: GONE }]

export function longpollCases(): Case[] {
  const http = (name: string, octets: Bytes, expect: Expectation): Case => ({ name, via: 'http', steps: [{ octets, expect }] })
  const opening = (name: string, body: Bytes, expect: Expectation = 'status 400'): Case => http(name, post('open', body), expect)
  const opened = (name: string, ...steps: Step[]): Case => ({ name, via: 'http', steps: [OPENED, ...steps] })
  const joined = (name: string, ...steps: Step[]): Case => ({ name, via: 'http', steps: [...JOINED, ...steps] })
  return [
    opening('an opening without a body', ''),
    opening('an opening that is no JSON', '{"protocols":["wamp.2.json"]'),
    opening('an opening that is null', 'null'),
    opening('an opening with a text for a list', '{"protocols":"wamp.2.json"}'),
    opening('an opening with numbers', '{"protocols":[2]}'),
    opening('an opening without protocols in common', '{"protocols":["wamp.2.xml","__proto__","constructor"]}'),
    opening('an opening with a property for protocols', '{"__proto__":{"protocols":["wamp.2.json"]}}'),
    opening('an opening of 2,000 lists in one another', [
      { of: '[', times: 2_000 },
      { of: ']', times: 2_000 },
    ]),
    opening('an opening of 5,000 octets', [{ of: ' ', times: 5_000 }], 'status 413'),
    http('an opening in 20,000 chunks of one octet', chunked('open', [{ of: '1\r\n \r\n', times: 20_000 }, '0\r\n\r\n']), 'status 413'),
    http('an opening that does not end', post('open', '{', 100), { any: ['status 408|413', 'close'] }),
    http('an opening that is a GET', post('open', '', undefined, 'GET'), 'status 405'),
    http('no address', post(''), GONE),
    http('an id that is not there', post('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/receive'), GONE),
    http('an id that is a property', post('__proto__/receive'), GONE),
    http('an id that leads out', post('../ws'), GONE),
    http(
      'an id of 20,000 characters',
      [`POST /longpoll/`, { of: 'a', times: 20_000 }, '/send HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
      GONE,
    ),
    http(
      '300 requests at once for nothing',
      [{ of: 'POST /longpoll/x/send HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', times: 300 }],
      GONE,
    ),
    opened('what is not to be had', { octets: post('$transport/steal'), expect: GONE }),
    opened('a message that is no JSON', send('nonsense', 'status 400'), ...ABORTED),
    opened('a message without octets', send('', 'status 400'), ...ABORTED),
    opened('a CALL before HELLO', send('[48,1,{},"com.x"]', 'status 400'), ...ABORTED),
    opened('70,000 octets before HELLO', send([{ of: 'x', times: 70_000 }], 'status 413')),
    opened('70,000 octets in chunks of one before HELLO', {
      octets: chunked('$transport/send', [{ of: '1\r\nx\r\n', times: 70_000 }, '0\r\n\r\n']),
      expect: 'status 413',
    }),
    opened('a body that does not end', { octets: post('$transport/send', '[', 1_000), expect: { any: ['status 408|413', 'close'] } }),
    opened('a realm that is not there', send('[1,"not.there",{"roles":{"caller":{}}}]', 'status 202'), ...ABORTED),
    opened(
      'an end at once',
      { octets: post('$transport/close'), expect: 'status 202' },
      { octets: post('$transport/send', HELLO), expect: GONE },
    ),
    joined('a second HELLO', send(HELLO, 'status 400'), ...ABORTED),
    joined('a message out of place', send('[2,1,{}]', 'status 400'), ...ABORTED),
    joined('a call, and the answer', send('[48,1,{},"com.nobody.offers.this"]', 'status 202'), ...received([8, 48, 1, '*', '*', '*'])),
    {
      name: 'a receive request that is held, and what is sent on another socket',
      via: 'http',
      others: { second: { via: 'http' } },
      steps: [
        ...JOINED,
        { octets: post('$transport/receive') },
        { as: 'second', octets: post('$transport/send', '[48,1,{},"com.nobody.offers.this"]'), expect: 'status 202' },
        { expect: 'status 200' },
        { expect: [8, 48, 1, '*', '*', '*'] },
      ],
    },
  ]
}
