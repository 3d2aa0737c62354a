// The place that the page shows, in step with the address of the window.

import { signal } from '@preact/signals'
import type { PageName, Params, Place } from './route.ts'
import { fragmentOf, placeOf } from './route.ts'

export class Navigation {
  readonly place = signal<Place>(placeOf(location.hash))

  constructor() {
    addEventListener('hashchange', () => {
      this.place.value = placeOf(location.hash)
    })
  }

  /** Goes to a page; the window's Back leads back. */
  go(page: PageName, params: Readonly<Record<string, string | undefined>> = {}): void {
    location.hash = fragmentOf(page, params)
  }

  /** Changes parameters of this place, without a step of its own in the window's history. */
  change(params: Readonly<Record<string, string | undefined>>): void {
    const { page, params: before } = this.place.value
    history.replaceState(null, '', fragmentOf(page, { ...before, ...params }))
    this.place.value = placeOf(location.hash)
  }

  /** The address of a page, for links. The realm stays the same where none is named. */
  to(page: PageName, params: Readonly<Record<string, string | undefined>> = {}): string {
    const { realm }: Params = this.place.value.params
    return fragmentOf(page, { realm, ...params })
  }
}
