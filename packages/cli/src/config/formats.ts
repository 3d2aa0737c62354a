// The formats of texts and names of the configuration. Each rule has its expectation in words, and a
// pattern for editors if a pattern can express it.

import { isIP } from 'node:net'
import { isUri, uriPattern } from '@trunkline/protocol'
import type { NameFormat, TextFormat } from './nodes.ts'

interface FormatRule {
  readonly expected: string
  readonly fits: (text: string) => boolean
  readonly pattern?: string
}

const HEX = /^(?:[\da-fA-F]{2})+$/
const MODE = /^0?[0-7]{3}$/
const HEADER = /^[\w!#$%&'*+.^`|~-]+$/
const CLUSTER_NAME = /^[A-Za-z0-9_-]{1,32}$/
const NODE_NAME = /^[A-Za-z0-9_-]{1,64}$/
const SHA256 = /^[\da-fA-F]{64}$/

export const FORMATS: Readonly<Record<TextFormat | NameFormat, FormatRule>> = {
  host: {
    expected: 'an address or a host name such as 127.0.0.1, :: or localhost',
    fits: (text) => /^[\w.-]+$|^[\da-fA-F:.]+$/.test(text),
  },
  file: { expected: 'a path', fits: (text) => text !== '' },
  uri: { expected: 'a URI such as com.example.shop', fits: (text) => isUri(text) },
  origin: {
    expected: 'an origin such as https://app.example.com or https://*.example.com, or *',
    fits: (text) => text === '*' || isOrigin(text),
  },
  loginPage: { expected: 'an origin such as https://app.example.com or https://*.example.com', fits: isOrigin },
  mode: { expected: "permissions in octal, in quotes, such as '0660'", fits: (text) => MODE.test(text), pattern: MODE.source },
  logTarget: { expected: 'off, stdout or a path', fits: (text) => text !== '' },
  webSocketPath: { expected: 'a path that begins with /', fits: (text) => /^\/[^\s?#]*$/.test(text), pattern: '^/[^\\s?#]*$' },
  pattern: {
    expected: 'a URI or a pattern such as com.example.shop.**',
    fits: (text) => text !== '' && isUri(uriPattern(text).uri, uriPattern(text).match),
  },
  hex: { expected: 'octets in hexadecimal', fits: (text) => HEX.test(text), pattern: HEX.source },
  sha256: { expected: '64 hexadecimal digits', fits: (text) => SHA256.test(text), pattern: SHA256.source },
  key: { expected: 'a key, 64 hexadecimal digits', fits: (text) => SHA256.test(text), pattern: SHA256.source },
  url: { expected: 'a URL such as https://id.example.com/keys, without a user name or password', fits: isUrl },
  network: { expected: 'an address or a network such as 10.0.0.0/8, or unix', fits: (text) => text === 'unix' || isNetwork(text) },
  prefix: { expected: 'the beginning of a URI such as com.shop.', fits: (text) => isUri(text, 'prefix') },
  header: { expected: 'the name of an HTTP header', fits: (text) => HEADER.test(text), pattern: HEADER.source },
  clusterName: { expected: '1 to 32 letters, digits, _ and -', fits: (text) => CLUSTER_NAME.test(text), pattern: CLUSTER_NAME.source },
  nodeName: { expected: '1 to 64 letters, digits, _ and -', fits: (text) => NODE_NAME.test(text), pattern: NODE_NAME.source },
  natsServer: {
    expected: 'a server such as nats://10.0.0.1:4222 or tls://nats.example.com:4222, without a user name or password',
    fits: isNatsServer,
  },
  role: { expected: 'a name', fits: (text) => text !== '' },
  authid: { expected: 'a name', fits: (text) => text !== '' },
}

function isOrigin(text: string): boolean {
  const isWhole = /^https?:\/\/(?:\*\.)?[^*]*$/.test(text)
  return isWhole && URL.canParse(text) && new URL(text).origin === text
}

/** An HTTP URL without a password: `fetch` refuses URLs with one and shows them whole in its error. */
function isUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}

function isNatsServer(text: string): boolean {
  if (!/^(?:nats|tls):\/\//.test(text) || !URL.canParse(text)) return false
  const { username, password, hostname, pathname, search, hash } = new URL(text)
  return hostname !== '' && ['', '/'].includes(pathname) && username + password + search + hash === ''
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  return isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
}
