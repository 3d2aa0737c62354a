// Argon2, in a file of its own: bundlers make of it a part that is loaded when it is needed, without the library's other functions.

export { argon2id } from 'hash-wasm'
