// The symbol of `await using`, also where the platform lacks it: compilers look for that name then. The types of a page may lack
// it too, so the declarations of this package name the library that has it.

/// <reference lib="esnext.disposable" preserve="true" />

const { asyncDispose: native } = Symbol as { readonly asyncDispose?: typeof Symbol.asyncDispose }

/** `Symbol.asyncDispose`. */
export const asyncDispose: typeof Symbol.asyncDispose = native ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose)
