// The names under which a contract brings its code along: a client that knows these two loads nothing of contracts.

/** A function of (peer, contract, options): the contract as its user has it. */
export const USE: unique symbol = Symbol.for('trunkline.use')
/** A function of (peer, contract, handlers, options): the contract's procedures registered. */
export const IMPLEMENT: unique symbol = Symbol.for('trunkline.implement')
/** A function of a signal, at a contract's procedure as its caller has it: the same call, which the signal cancels. */
export const WITH_SIGNAL: unique symbol = Symbol.for('trunkline.signal')
