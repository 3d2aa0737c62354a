// The node types of the configuration's schema, and the types derived from a schema.

/** Formats of texts beyond their type. */
export type TextFormat =
  | 'host'
  | 'file'
  | 'uri'
  | 'origin'
  | 'loginPage'
  | 'webSocketPath'
  | 'hex'
  | 'sha256'
  | 'key'
  | 'url'
  | 'network'
  | 'mode'
  | 'logTarget'
  | 'pattern'
  | 'clusterName'
  | 'nodeName'
  | 'natsServer'

/** The formats of the names of a map. */
export type NameFormat = 'uri' | 'role' | 'authid' | 'sha256' | 'prefix' | 'header'

export type Node = TextNode | NumberNode | FlagNode | QuantityNode | ListNode | DictNode | MapNode | ChoiceNode | EitherNode | DataNode

interface Described {
  /** The sentence of the reference. */
  readonly about: string
  /** The value when the key is absent, in the notation of the file. */
  readonly default?: string
  /** The effect when the key is absent, in words, if no value expresses it. */
  readonly otherwise?: string
}

export interface TextNode extends Described {
  readonly kind: 'text'
  readonly format?: TextFormat
  /** The allowed words; any text when absent. */
  readonly oneOf?: readonly string[]
  /** Never shown in messages, in `config show`, or in what a reload reports. */
  readonly isSecret?: true
  /** No secret, and of use only to those who try secrets, as a salt is: shown as little. */
  readonly helpsToGuess?: true
}

export interface NumberNode extends Described {
  readonly kind: 'number'
  readonly least: number
  readonly most: number
  /** A word that may stand in place of a number. */
  readonly word?: string
}

/** `true` or `false`. */
export interface FlagNode extends Described {
  readonly kind: 'flag'
}

/** A duration (`10s`) or a size (`4MiB`, or a plain number of octets). */
export interface QuantityNode extends Described {
  readonly kind: 'duration' | 'size'
  readonly least: number
  readonly most: number
}

export interface ListNode extends Described {
  readonly kind: 'list'
  readonly of: Node
  /** The least number of items. */
  readonly least: number
}

/** Known keys. */
export interface DictNode extends Described {
  readonly kind: 'dict'
  readonly keys: Readonly<Record<string, Node>>
  readonly required: readonly string[]
  /** Keys of which exactly one is required. */
  readonly exactlyOneOf?: readonly string[]
  /** Keys that need at least one of others beside them. */
  readonly onlyWith?: Readonly<Record<string, readonly string[]>>
  /** Keys that need all of others beside them. */
  readonly needs?: Readonly<Record<string, readonly string[]>>
}

/** Names that the user chooses. */
export interface MapNode extends Described {
  readonly kind: 'map'
  /** The format of the names. */
  readonly names: NameFormat
  /** The placeholder of a name in the reference: `<role>`. */
  readonly name: string
  readonly of: Node
  /** The names are digests of secrets: they are shown as little as these. */
  readonly hidesNames?: true
}

/** A dict with exactly one of the keys, which is its kind. */
export interface ChoiceNode extends Described {
  readonly kind: 'choice'
  readonly keys: Readonly<Record<string, Node>>
}

/** A single value, or a dict in its place. */
export interface EitherNode extends Described {
  readonly kind: 'either'
  readonly scalar: TextNode | FlagNode
  readonly dict: DictNode
}

/** A dict of the user's own, passed on unchanged. */
export interface DataNode extends Described {
  readonly kind: 'data'
  /** Whether `true` and `false` may stand in its place, as in a JSON Schema. */
  readonly orFlag?: true
  /** As in {@link TextNode}. */
  readonly isSecret?: true
}

/** The values of a checked document: quantities are numbers, in milliseconds or octets. */
export type Checked<N extends Node> = Value<N, number>

/** The values that a module may export: quantities as in a file, and references in place of texts, numbers and flags. */
export type Written<N extends Node> = Value<N, WrittenQuantity>

/** `4MiB`, `10s`, octets, or a reference. */
export type WrittenQuantity = string | number

type Value<N, Quantity> = N extends { readonly kind: 'text'; readonly oneOf: readonly (infer Word)[] }
  ? Word
  : N extends { readonly kind: 'number'; readonly word: infer Word }
    ? number | Word
    : N extends { readonly kind: keyof Scalars<Quantity> }
      ? Scalars<Quantity>[N['kind']]
      : N extends { readonly kind: 'list'; readonly of: infer Item }
        ? readonly Value<Item, Quantity>[]
        : N extends { readonly kind: 'map'; readonly of: infer Member }
          ? Readonly<Record<string, Value<Member, Quantity>>>
          : N extends { readonly kind: 'dict'; readonly keys: infer Keys; readonly required: readonly (infer Required)[] }
            ? Members<Keys, Required, Quantity>
            : N extends { readonly kind: 'choice'; readonly keys: infer Keys }
              ? { [Key in keyof Keys]: { readonly [Only in Key]: Value<Keys[Key], Quantity> } }[keyof Keys]
              : N extends { readonly kind: 'either'; readonly scalar: infer Scalar; readonly dict: infer Dict }
                ? Value<Scalar, Quantity> | Value<Dict, Quantity>
                : unknown

interface Scalars<Quantity> {
  readonly text: string
  readonly number: number
  readonly flag: boolean
  readonly duration: Quantity
  readonly size: Quantity
  readonly data: Readonly<Record<string, unknown>>
}

type Members<Keys, Required, Quantity> = {
  readonly [Key in Extract<keyof Keys, Required>]: Value<Keys[Key], Quantity>
} & {
  readonly [Key in Exclude<keyof Keys, Required>]?: Value<Keys[Key], Quantity>
}
