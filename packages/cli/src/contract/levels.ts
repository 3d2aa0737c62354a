// How much a change of a contract hurts.

/**
 * - `breaking`: a program of the old contract fails with one of the new.
 * - `source`: both understand each other, but code in TypeScript must be changed.
 * - `compatible`: neither.
 */
export type Level = (typeof LEVELS)[number]
export const LEVELS = ['breaking', 'source', 'compatible'] as const
