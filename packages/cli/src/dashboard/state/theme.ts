// Light or dark: as the system wishes, or as the reader has chosen. The choice is kept in this browser.

import { computed, effect, signal } from '@preact/signals'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'trunkline.theme'

export class ThemeChoice {
  readonly choice = signal<Theme>(THEMES.find((theme) => theme === read(KEY)) ?? 'system')
  readonly #systemIsDark = signal(matchMedia('(prefers-color-scheme: dark)').matches)
  /** What is shown. */
  readonly shown = computed(() => {
    const choice = this.choice.value
    if (choice !== 'system') return choice
    return this.#systemIsDark.value ? 'dark' : 'light'
  })

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches }) => {
      this.#systemIsDark.value = matches
    })
    effect(() => {
      document.documentElement.dataset['theme'] = this.shown.value
    })
  }

  choose(theme: Theme): void {
    this.choice.value = theme
    write(KEY, theme)
  }
}

/** Texts of this browser; undefined where it keeps none. */
export function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined // A browser may forbid it; then nothing is kept.
  }
}

export function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    // As above.
  }
}
