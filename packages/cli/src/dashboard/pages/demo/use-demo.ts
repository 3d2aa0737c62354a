// What the demo of development mode shares between its card and its code: the numbers, the text, the session.

import type { Session } from '@trunkline/client'
import { useState } from 'preact/hooks'
import { useDashboard } from '../../parts/context.ts'
import { useWorkSession } from '../../parts/use-work-session.ts'

export const PROCEDURE = 'com.example.add'
export const TOPIC = 'com.example.chat'

export interface Demo {
  readonly realm: string
  readonly session: Session | undefined
  /** As typed: may be no numbers. */
  readonly numbers: readonly [string, string]
  readonly setNumbers: (numbers: readonly [string, string]) => void
  readonly text: string
  readonly setText: (text: string) => void
}

export function useDemo(): Demo {
  const { about } = useDashboard()
  const { realm = about.development?.realm ?? '', session } = useWorkSession()
  const [numbers, setNumbers] = useState<readonly [string, string]>(['2', '3'])
  const [text, setText] = useState('hello')
  return { realm, session, numbers, setNumbers, text, setText }
}

/** The two numbers; undefined where one is none. */
export function numbersOf({ numbers }: Demo): readonly [number, number] | undefined {
  const [a, b] = numbers.map((text) => (text.trim() === '' ? NaN : Number(text)))
  return a !== undefined && b !== undefined && Number.isFinite(a) && Number.isFinite(b) ? [a, b] : undefined
}
