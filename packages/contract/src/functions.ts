// The entry of @trunkline/contract/functions: contracts without code, and that code as functions, for pages that count octets: a bundle
// has only the functions that it calls.

export { contract } from './contract.ts'
export { implement } from './implement.ts'
export { use } from './use.ts'
export * from './common.ts'
