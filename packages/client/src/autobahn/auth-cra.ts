// The functions of WAMP-CRA, by autobahn-js's names.

import type { Dict } from '@trunkline/protocol'
import { derivedKey, signCra } from '../authentication/wampcra.ts'

/** For `onchallenge`. Both give promises, which `sign` and `onchallenge` take. */
export const auth_cra = {
  /** The signature of a challenge by a key. */
  sign: async (key: string | Promise<string>, challenge: unknown): Promise<string> => signCra(await key, { challenge }),
  /** The key of a password, where the router sends a salt. */
  derive_key: (secret: string, salt: string, iterations?: number, keylen?: number): Promise<string> => {
    const extra: Dict = { salt, iterations: iterations ?? 1000, keylen: keylen ?? 32 }
    return derivedKey(secret, extra)
  },
}
