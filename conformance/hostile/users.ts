// The users of examples/identity/trunkline.yaml, one for each way to log in, and a realm where the same names have other secrets.
// Data only.

import type { AuthenticationOptions } from '@trunkline/router'

export const CRYPTOSIGN_KEY = '10821b7d277e23e36d3d42174985a4a32dc483a61a8732ac021e9055b1828828'

export const IDENTITY: AuthenticationOptions = {
  anonymous: { role: 'anonymous' },
  users: {
    'ticket-user': { role: 'user', ticket: 'ticket-secret-1' },
    'limited-user': { role: 'limited', ticket: 'ticket-secret-2' },
    'cra-user': { role: 'user', wampcra: { secret: 'cra-secret-1' } },
    'cra-salted-user': { role: 'user', wampcra: { password: 'cra-salted-pw-1', salt: 'salt-5f3a9c', iterations: 1000, keylen: 32 } },
    'cryptosign-user': { role: 'user', cryptosign: { publicKeys: [CRYPTOSIGN_KEY] } },
    'scram-pbkdf2-user': {
      role: 'user',
      scram: { kdf: 'pbkdf2', password: 'scram-pw-1', salt: '00112233445566778899aabbccddeeff', iterations: 4096 },
    },
    'scram-argon2-user': {
      role: 'user',
      scram: {
        kdf: 'argon2id13',
        dialect: 'autobahn',
        password: 'scram-pw-2',
        salt: 'ffeeddccbbaa99887766554433221100',
        iterations: 2,
        memory: 4096,
      },
    },
  },
}

export const ELSEWHERE: AuthenticationOptions = {
  users: {
    'ticket-user': { role: 'user', ticket: 'ticket-secret-elsewhere' },
    'limited-user': { role: 'user', ticket: 'ticket-secret-2-elsewhere' },
  },
}
