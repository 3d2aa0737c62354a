// The key with which scenarios log in by cryptosign. The example of the identities holds no private key, so a router for the
// scenarios gets this public one as well. For tests only: this private key is public.

export const KEY_PAIR = {
  privateKey: '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510',
  publicKey: '1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d',
} as const
