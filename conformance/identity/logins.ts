// Logins that must not work, with proofs that a real client made and that an attacker misuses. The simple ones, such as an empty
// proof, are in the corpus of hostile inputs. Checks the answers only.

import type { AuthMethod, ChallengeAnswer } from '@trunkline/client'
import { scramAuth } from '@trunkline/client/auth'
import type { Doors } from './doors.ts'
import type { Report } from './report.ts'
import { refusal, same } from './report.ts'
import type { User } from './users.ts'
import { CRYPTOSIGN, USERS } from './users.ts'

const DENIED = 'wamp.error.authentication_denied'
const PROVING: readonly User[] = [USERS.cra, USERS.craSalted, USERS.scram, USERS.scramAutobahn, CRYPTOSIGN]
const ALL: readonly User[] = [USERS.ticket, ...PROVING]

/** What an attacker makes of a right answer. */
type Misuse = (answer: string) => string | Promise<string>

export async function checkLoginAttacks(report: Report, doors: Doors): Promise<void> {
  for (const user of PROVING) {
    await report.check(`${user.authid}: a proof that let somebody in lets nobody in again`, () => replayed(doors, user))
    for (const [name, misuse] of Object.entries(DAMAGE)) {
      await report.check(`${user.authid}: a proof ${name} is refused`, () => isDenied(doors, user.authid, misused(user.auth, misuse)))
    }
    await report.check(`${user.authid}: the secret itself is no proof`, () =>
      isDenied(
        doors,
        user.authid,
        misused(user.auth, () => user.secret),
      ),
    )
  }
  for (const user of ALL) {
    await report.check(`${user.authid}: what others log in by is refused`, () => othersSecrets(doors, user))
    await report.check(`${user.authid}: the proofs of other methods are refused`, () => otherMethods(doors, user))
  }
  await report.check('wamp-scram: a login that is bound to TLS is not let in unbound', () => strippedScram(doors))
  await report.check('cryptosign: a login that is bound to TLS is not let in unbound', () => strippedCryptosign(doors))
  await report.check('a wish for another role, provider or realm is none', () => wishes(doors))
}

const DAMAGE: Readonly<Record<string, Misuse>> = {
  'with another first octet': (answer) => other(answer[0]) + answer.slice(1),
  'with another octet in its middle': (answer) => answer.slice(0, 40) + other(answer[40]) + answer.slice(41),
  'that is cut': (answer) => answer.slice(0, -4),
  'that is twice as long': (answer) => answer + answer,
  'with a blank behind it': (answer) => `${answer} `,
  'with a zero behind it': (answer) => `${answer}\u0000`,
}

function other(character: string | undefined): string {
  return character === '0' ? '1' : '0'
}

async function replayed(doors: Doors, { authid, auth }: User): Promise<void> {
  let proof = ''
  const session = await doors.login(
    authid,
    misused(auth, (answer) => (proof = answer)),
  )
  await session.leave()
  await isDenied(
    doors,
    authid,
    misused(auth, () => proof),
  )
}

async function othersSecrets(doors: Doors, user: User): Promise<void> {
  const others = [...ALL, USERS.limited].filter(({ authid, auth }) => authid !== user.authid && auth.name === user.auth.name)
  // No other user may have the method: then an unknown name with this user's secret.
  for (const { auth } of others) await isDenied(doors, user.authid, auth)
  await isDenied(doors, 'nobody', user.auth)
}

/** The router challenges by this user's method; the answer is made for another method. */
async function otherMethods(doors: Doors, user: User): Promise<void> {
  for (const { auth } of ALL) {
    if (auth.name === user.auth.name) continue
    const mixed: AuthMethod = {
      ...user.auth,
      start: async (start) => {
        const [own, foreign] = await Promise.all([user.auth.start(start), auth.start(start)])
        return { authextra: { ...foreign.authextra, ...own.authextra }, answer: (challenge) => tried(() => foreign.answer(challenge)) }
      },
    }
    await isDenied(doors, user.authid, mixed)
  }
}

/** A man in the middle that removes the binding from HELLO, and then also from AUTHENTICATE. */
async function strippedScram(doors: Doors): Promise<void> {
  const bound = scramAuth(USERS.scram.secret, { channelBinding: 'tls-unique' })
  for (const more of [{}, { channel_binding: null, cbind_data: null }]) {
    const stripped: AuthMethod = {
      ...bound,
      start: async ({ authid }) => {
        const { authextra, answer } = await bound.start({ authid, channelBinding: () => new Uint8Array(12).fill(7) })
        return {
          authextra: { ...authextra, channel_binding: null },
          answer: async (challenge) => {
            const said = await answer(challenge)
            return typeof said === 'string' ? said : { signature: said.signature, extra: { ...said.extra, ...more } }
          },
        }
      },
    }
    await isDenied(doors, USERS.scram.authid, stripped)
  }
}

async function strippedCryptosign(doors: Doors): Promise<void> {
  const { cryptosignAuth } = await import('@trunkline/client/auth')
  const bound = cryptosignAuth(CRYPTOSIGN.secret, { channelBinding: 'tls-exporter' })
  const stripped: AuthMethod = {
    ...bound,
    start: async ({ authid }) => {
      const { authextra, answer } = await bound.start({ authid, channelBinding: () => new Uint8Array(32).fill(7) })
      return {
        authextra: { ...authextra, channel_binding: undefined },
        answer: ({ method, extra }) => answer({ method, extra: { ...extra, channel_binding: 'tls-exporter' } }),
      }
    },
  }
  await isDenied(doors, CRYPTOSIGN.authid, stripped)
}

async function wishes(doors: Doors): Promise<void> {
  const { openSession } = await import('@trunkline/client/session')
  const { authid, auth } = USERS.limited
  const wished = { authprovider: 'root', role: 'user' }
  const session = await openSession({ url: doors.all[0]?.url, realm: 'realm1', authid, auth, authrole: 'user', authextra: wished })
  same([session.details['authrole'], session.details['authprovider']], ['limited', 'static'])
  await session.leave()
  same(await refusal(doors.login(authid, auth, doors.all[0], 'realm2')), 'wamp.error.no_such_realm')
}

async function isDenied(doors: Doors, authid: string, auth: AuthMethod): Promise<void> {
  same(await refusal(doors.login(authid, auth)), DENIED, `${authid} by ${auth.name}`)
}

/** A method whose answers are changed before they are sent. */
function misused(auth: AuthMethod, misuse: Misuse): AuthMethod {
  return {
    ...auth,
    start: async (start) => {
      const { answer, ...attempt } = await auth.start(start)
      return {
        ...attempt,
        answer: async (challenge) => {
          const said = await answer(challenge)
          return typeof said === 'string' ? misuse(said) : { ...said, signature: await misuse(said.signature) }
        },
      }
    },
  }
}

/** What a method answers to a challenge that is not its own; if it fails, a value that looks like an answer. */
async function tried(answer: () => ChallengeAnswer | Promise<ChallengeAnswer>): Promise<ChallengeAnswer> {
  try {
    return await answer()
  } catch {
    return 'AAAA'
  }
}
