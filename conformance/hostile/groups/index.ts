// All groups of the corpus by name.

import type { Case, Group } from '../case.ts'
import { amplificationCases } from './amplification.ts'
import { cborCases, jsonCases, keysCases, msgpackCases } from './octets.ts'
import { floodsCases, othersCases } from './others.ts'
import { methodCases } from './methods.ts'
import { metaCases, optionsCases, urisCases } from './requests.ts'
import { helloCases, idsCases, loginCases, stateCases } from './session.ts'
import { shapeCases } from './shape.ts'
import { longpollCases } from './longpoll.ts'
import { httpCases, rawsocketCases, websocketCases } from './transports.ts'

const GROUPS: Readonly<Record<string, () => Case[]>> = {
  amplification: amplificationCases,
  cbor: cborCases,
  floods: floodsCases,
  hello: helloCases,
  http: httpCases,
  ids: idsCases,
  json: jsonCases,
  keys: keysCases,
  login: () => [...loginCases(), ...methodCases()],
  longpoll: longpollCases,
  meta: metaCases,
  msgpack: msgpackCases,
  options: optionsCases,
  others: othersCases,
  rawsocket: rawsocketCases,
  shape: shapeCases,
  state: stateCases,
  uris: urisCases,
  websocket: websocketCases,
}

/** The corpus as the tables make it, plain data, groups in alphabetical order. */
export function corpus(): Group[] {
  return Object.entries(GROUPS).map(([group, cases]) => JSON.parse(JSON.stringify({ group, cases: cases() })) as Group)
}
