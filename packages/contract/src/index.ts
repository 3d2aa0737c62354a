// The entry of @trunkline/contract: contracts that clients and sessions use and implement by their own methods.

export { contract } from './usable-contract.ts'
export * from './common.ts'
