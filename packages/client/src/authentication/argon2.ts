// Argon2 in a file of its own: bundlers load it as a separate chunk when it is needed, without the other functions of the library.

export { argon2id } from 'hash-wasm'
