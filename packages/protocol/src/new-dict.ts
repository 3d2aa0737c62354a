// How dictionaries with keys from outside are made.

import { EMPTY_DICT } from './messages.ts'

/**
 * Makes a dictionary that inherits nothing. Its prototype is an empty object instead of null: engines make `Object.create(null)` a
 * hash table, which is several times as large and as slow.
 */
export const NewDict = function () {} as unknown as new () => Record<string, unknown>
NewDict.prototype = EMPTY_DICT
