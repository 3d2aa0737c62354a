// How dictionaries that came from elsewhere are made. Holds nothing.

import { EMPTY_DICT } from './messages.ts'

/**
 * Makes a dictionary that inherits nothing. Its prototype is empty instead of null: engines make of `Object.create(null)` a
 * hash table, several times as large and slow.
 */
export const NewDict = function () {} as unknown as new () => Record<string, unknown>
NewDict.prototype = EMPTY_DICT
