// A contract of a program as the text of its file, or all that prevents it.

import { buildContract, contractText } from './build-contract.ts'
import type { ContractFile } from './contract-file.ts'
import { parseContract } from './contract-file.ts'
import { ContractFault } from './fault.ts'

/**
 * Makes the text of a contract file, which {@link parseContract} takes.
 * @param name the export, if there are several contracts
 * @throws {ContractFault} (rejects) when a value has no JSON Schema
 * @throws {UsageError} (rejects) when the module cannot be run
 */
export async function builtText(
  module: string,
  name: string | undefined,
): Promise<{ readonly text: string; readonly contract: ContractFile; readonly typesAlone: number }> {
  const { contract, faults, typesAlone } = await buildContract(module, name)
  if (faults.length > 0) {
    const lines = faults.map((fault) => `  ${fault}`)
    throw new ContractFault(`${module} cannot become a contract file:\n${lines.join('\n')}`)
  }
  const text = contractText(contract)
  return { text, contract: parseContract(text, module), typesAlone }
}
