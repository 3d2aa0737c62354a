// What the schema of the configuration is made of, and the types that follow from a schema. Knows no key by name.

/** Formats of texts beyond their type. */
export type TextFormat =
  | 'host'
  | 'file'
  | 'uri'
  | 'origin'
  | 'webSocketPath'
  | 'hex'
  | 'sha256'
  | 'key'
  | 'url'
  | 'network'
  | 'mode'
  | 'logTarget'

/** What the names of a map may be. */
export type NameFormat = 'uri' | 'role' | 'authid' | 'sha256'

export type Node = TextNode | NumberNode | FlagNode | QuantityNode | ListNode | DictNode | MapNode | ChoiceNode | EitherNode | DataNode

interface Described {
  /** One sentence for the reference. */
  readonly about: string
  /** The value that holds when the key is absent, in the notation of the file. */
  readonly default?: string
  /** What holds when the key is absent, in words, where no value says it. */
  readonly otherwise?: string
}

export interface TextNode extends Described {
  readonly kind: 'text'
  readonly format?: TextFormat
  /** The words allowed; any when absent. */
  readonly oneOf?: readonly string[]
  /** Never shown in messages, in `config show`, or in what a reload reports. */
  readonly isSecret?: true
}

export interface NumberNode extends Described {
  readonly kind: 'number'
  readonly least: number
  readonly most: number
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
  /** At least so many items. */
  readonly least: number
}

/** Known keys. */
export interface DictNode extends Described {
  readonly kind: 'dict'
  readonly keys: Readonly<Record<string, Node>>
  readonly required: readonly string[]
  /** Keys of which exactly one must be there. */
  readonly exactlyOneOf?: readonly string[]
  /** Keys that make sense only beside one of others. */
  readonly onlyWith?: Readonly<Record<string, readonly string[]>>
  /** Keys that need all of others beside them. */
  readonly needs?: Readonly<Record<string, readonly string[]>>
}

/** Names that the user chooses. */
export interface MapNode extends Described {
  readonly kind: 'map'
  /** What the names are. */
  readonly names: NameFormat
  /** What a name stands for in the reference: `<role>`. */
  readonly name: string
  readonly of: Node
}

/** A dict with exactly one of the keys, which says what it is. */
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

/** A dict of the user's own, passed on as it is. */
export interface DataNode extends Described {
  readonly kind: 'data'
  /** As of a text. */
  readonly isSecret?: true
}

/** What a checked document holds: quantities are numbers, in milliseconds or octets. */
export type Checked<N extends Node> = Value<N, number>

/** What a module may export: quantities as in a file, and references in place of texts, numbers and flags. */
export type Written<N extends Node> = Value<N, WrittenQuantity>

/** `4MiB`, `10s`, octets, or a reference. */
export type WrittenQuantity = string | number

type Value<N, Quantity> = N extends { readonly kind: 'text'; readonly oneOf: readonly (infer Word)[] }
  ? Word
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
