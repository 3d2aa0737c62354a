// The realm of the program: each user, and each client without a login, may do everything in it.

const everything = ['**', 'wamp.session.kill'].map((uri) => ({
  uri,
  allow: /** @type {const} */ (['call', 'register', 'publish', 'subscribe']),
}))
const users = { joe: { role: 'user', ticket: 'a ticket' }, ann: { role: 'user', wampcra: { secret: 'a secret' } } }

export const realms = { realm1: { anonymousRole: 'user', roles: { user: everything }, authentication: { users } } }
