// The entry of @trunkline/client/auth: the login methods, each loaded only where it is used.

export { authMethod } from './authentication/run-login.ts'
export { ticketAuth } from './authentication/ticket.ts'
export type { Secret } from './authentication/ticket.ts'
export { craAuth } from './authentication/wampcra.ts'
export type { CraAuthOptions } from './authentication/wampcra.ts'
export { scramAuth } from './authentication/scram.ts'
export type { ScramAuthOptions } from './authentication/scram.ts'
export { cryptosignAuth } from './authentication/cryptosign.ts'
export type { CryptosignOptions } from './authentication/cryptosign.ts'
export { jwtAuth } from './authentication/jwt.ts'
export { cookieAuth, tlsAuth } from './authentication/shown.ts'
