// The methods by which contracts are used and implemented. Their code comes with the contract, so that a bundle without contracts has
// none of it.

import type { Implement, Use } from '@trunkline/contract'
import { IMPLEMENT, USE, UsageError } from '@trunkline/protocol'

export interface ContractMethods {
  readonly use: Use
  readonly implement: Implement
}

/** @param peer on which contracts send */
export function contractMethods(peer: object): ContractMethods {
  const method =
    (name: symbol) =>
    (contract: object, ...given: unknown[]): never => {
      // An object of several contracts is none itself, but its parts are.
      const parts: unknown[] = [contract, ...Object.values(Object(contract) as object)]
      const code: unknown = parts.map((part) => Object(part)[name] as unknown).find(Boolean)
      if (typeof code !== 'function') throw new UsageError('contract: expected one that contract() of @trunkline/contract made')
      return code(peer, contract, ...given) as never
    }
  return { use: method(USE), implement: method(IMPLEMENT) }
}
