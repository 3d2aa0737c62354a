// Thruway.js. Prints nothing but lines of JSON; see ../README.md. A procedure gives one value, an event has one.

import { createHmac, pbkdf2Sync } from 'node:crypto'
import { Console } from 'node:console'
import { createInterface } from 'node:readline'

import rxjs from 'rxjs'
import thruway from 'thruway.js'
import exceptions from 'thruway.js/src/Common/WampErrorException.js'

const { Client } = thruway
const { WampErrorException } = exceptions
const { Observable } = rxjs

globalThis.console = new Console(process.stderr)
// Its own subscriptions throw where the session ends.
process.on('uncaughtException', (error) => console.error(error))

const sessions = new Map()
const pending = new Map()
let last = 0

const commands = {
  async join({ session, url, realm, login }) {
    const options = login === undefined ? {} : { authid: login.authid, authmethods: [login.method] }
    const client = new Client(url, realm, { ...options, retryWhen: (errors) => errors.mergeMap((error) => Observable.throw(error)) })
    client.onChallenge((challenges) => challenges.map(({ extra }) => signatureOf(login, extra)))
    const { welcomeMsg } = await new Promise((resolve, reject) => {
      const open = client.onOpen.subscribe(resolve, (error) => {
        reject(error)
        print({ notice: 'over', session })
      })
      // The session lives as long as something is subscribed to it.
      client.onClose.subscribe(() => open.unsubscribe())
    })
    sessions.set(session, client)
    return { id: welcomeMsg.sessionId, authid: welcomeMsg.details.authid, authrole: welcomeMsg.details.authrole }
  },

  async call({ session, uri, values, options }) {
    try {
      const { args, argskw } = await sessions.get(session).call(uri, values.args, values.kwargs, options).toPromise()
      return { args, kwargs: argskw }
    } catch (error) {
      throw error instanceof WampErrorException ? new Failure(error.errorUri, { args: error.args, kwargs: error.argskw }) : error
    }
  },

  async register({ session, uri, options }) {
    const procedure = async (args, kwargs, details) => {
      const invocation = ++last
      const answer = new Promise((resolve, reject) => pending.set(invocation, { resolve, reject }))
      print({ notice: 'invocation', session, uri, invocation, values: { args, kwargs }, details })
      return oneOf('procedure', await answer)
    }
    const registered = sessions.get(session).register(uri, procedure, { ...options, extended: true })
    return (await first(registered)).registrationId
  },

  async subscribe({ session, uri, options }) {
    const listener = ({ args, argskw, details }) => print({ notice: 'event', session, uri, values: { args, kwargs: argskw }, details })
    // Nothing of it says that the router has agreed; whatever is answered behind SUBSCRIBE does.
    sessions.get(session).topic(uri, options).subscribe(listener, console.error)
    await sessions.get(session).call('wamp.session.count').toPromise()
  },

  async publish({ session, uri, values, options }) {
    sessions.get(session).publish(uri, oneOf('publication', values), { ...options, acknowledge: true })
  },

  async close({ session }) {
    sessions.get(session).close()
  },

  async yield({ invocation, values }) {
    pending.get(invocation).resolve(values)
  },

  async fail({ invocation, uri, values }) {
    pending.get(invocation).reject(new WampErrorException(uri, values.args, values.kwargs))
  },
}

class Failure extends Error {
  constructor(uri, values) {
    super(uri)
    this.uri = uri
    this.values = values
  }
}

function first(observable) {
  return new Promise((resolve, reject) => observable.subscribe(resolve, reject))
}

function oneOf(what, { args, kwargs }) {
  if (args.length !== 1 || Object.keys(kwargs).length > 0) throw new Error(`a ${what} of Thruway.js has one value`)
  return args[0]
}

function signatureOf({ method, secret }, { challenge, salt, iterations, keylen }) {
  if (method === 'ticket') return secret
  const key = salt === undefined ? secret : pbkdf2Sync(secret, salt, iterations, keylen, 'sha256').toString('base64')
  return createHmac('sha256', key).update(challenge).digest('base64')
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function answer({ number, command }) {
  try {
    print({ number, value: (await commands[command.op](command)) ?? null })
  } catch (error) {
    const { uri, values } = error
    print({ number, failure: error instanceof Failure ? { uri, values } : { text: String(error?.message ?? error) } })
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(JSON.parse(line)))
  .on('close', () => process.exit())
