// What a command finds wrong with a contract that could be read. The command ends with exit code 1.

export class ContractFault extends Error {}
