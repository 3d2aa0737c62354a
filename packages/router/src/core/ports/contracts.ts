// Contracts as the router takes them: the file that `trunkline contract build` writes. Types only.

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown }

/** A payload of a contract. */
export interface ContractPayload {
  readonly args: readonly { readonly name: string; readonly required: boolean; readonly schema: JsonSchema }[]
  /** Absent: keywords are not declared. */
  readonly kwargs?: JsonSchema | undefined
}

export interface ContractProcedure {
  readonly call: ContractPayload
  /** What a caller sends piece by piece, in place of `call`. */
  readonly chunk?: ContractPayload | undefined
  readonly result: ContractPayload
  readonly progress?: ContractPayload | undefined
}

export interface ContractTopic {
  readonly event: ContractPayload
}

/** As much of a contract file as the router reads. */
export interface ContractFile {
  readonly trunkline: 'contract/1'
  readonly prefix: string
  /** By URI, with parameters: `com.shop.stock.{item}.count`. */
  readonly procedures: Readonly<Record<string, ContractProcedure>>
  readonly topics: Readonly<Record<string, ContractTopic>>
}

/** What happens with a payload that is not as declared: nothing, or it is counted and logged, or it is refused as well. */
export type ContractMode = 'off' | 'warn' | 'reject'
/** Which payloads are checked. */
export type ContractMoment = 'call' | 'publish' | 'result' | 'progress'

/** A contract that a realm checks. */
export interface ContractRule {
  readonly contract: ContractFile
  /** Default `warn`. */
  readonly mode?: ContractMode | undefined
  /** Default `call` and `publish`. */
  readonly check?: readonly ContractMoment[] | undefined
  /** Other modes for URIs that begin so; the longest decides. */
  readonly except?: Readonly<Record<string, ContractMode>> | undefined
  /** Whether `reject` lets payload passthru by, which the router cannot read. Default `reject`. */
  readonly encrypted?: 'reject' | 'allow' | undefined
}

/** How many payloads were not as declared. */
export interface ContractViolations {
  /** With its parameters, as the contract names it. */
  readonly uri: string
  readonly moment: ContractMoment
  readonly count: number
}
