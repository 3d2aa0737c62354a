// The place in the dashboard as the fragment of its address: a page and its parameters, such as #/sessions?realm=realm1.

export const PAGES = [
  'overview',
  'nodes',
  'realms',
  'sessions',
  'session',
  'procedures',
  'topics',
  'graph',
  'traffic',
  'call',
  'events',
  'configuration',
] as const

export type PageName = (typeof PAGES)[number]

/** Texts by name; what is empty is absent. */
export type Params = Readonly<Record<string, string>>

export interface Place {
  readonly page: PageName
  readonly params: Params
}

/** The place that a fragment names; an unknown one is the overview. */
export function placeOf(fragment: string): Place {
  const [path = '', query = ''] = fragment.replace(/^#?\/?/, '').split(/\?(.*)/s)
  const page = PAGES.find((name) => name === path) ?? 'overview'
  return { page, params: present(Object.fromEntries(new URLSearchParams(query))) }
}

/** The fragment that names a place. */
export function fragmentOf(page: PageName, params: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams(present(params)).toString()
  return `#/${page}${query === '' ? '' : `?${query}`}`
}

function present(params: Readonly<Record<string, string | undefined>>): Params {
  return Object.fromEntries(Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''))
}
