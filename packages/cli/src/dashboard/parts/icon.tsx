// Small drawings. They are for the eye only: what they stand for is always written beside them, or in a label.

const SHAPES = {
  overview: 'M4 19V9m5.3 10V5m5.4 14v-7M20 19v-4',
  nodes: 'M4 4h16v6H4zM4 14h16v6H4zM7.500 7h.1M7.500 17h.1',
  realms: 'M4 7l8-4 8 4-8 4-8-4Zm0 5l8 4 8-4M4 17l8 4 8-4',
  sessions: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8c1-4 4-5.5 8-5.5s7 1.500 8 5.500',
  procedures: 'M8 4c-3 0-3 2-3 4s0 4-2 4c2 0 2 2 2 4s0 4 3 4M16 4c3 0 3 2 3 4s0 4 2 4c-2 0-2 2-2 4s0 4-3 4',
  topics: 'M5 19a14 14 0 0 1 0-14m14 0a14 14 0 0 1 0 14M8 16a8 8 0 0 1 0-8m8 0a8 8 0 0 1 0 8m-4-3a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z',
  graph:
    'M6 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Zm12 0a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM12 21a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM7.500 8l3.300 8M16.500 8l-3.300 8M8.500 5.500h7',
  traffic: 'M3 12h4l3-8 4 16 3-8h4',
  call: 'M4 12h13m-5-6 6 6-6 6',
  events: 'M4 5h16v11H9l-5 4V5Z',
  configuration:
    'M4 7h9m5 0h2M4 17h2m5 0h9M15.500 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Zm-7 10a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm9 2-4-4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6 6 18',
  light:
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13v2m0 14v2M3 12h2m14 0h2M5.600 5.600 7 7m10 10 1.400 1.400M5.600 18.400 7 17M17 7l1.400-1.400',
  dark: 'M19 14.500A7.500 7.500 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500Z',
  system: 'M4 5h16v11H4zM9 20h6m-3-4v4',
  leave: 'M10 5H5v14h5m4-4 4-3.500-4-3.500m4 3.500H9',
  empty: 'M4 13h4l1.500 3h5L16 13h4M4 13l3-8h10l3 8v6H4v-6Z',
  warning: 'M12 4 3 19h18L12 4Zm0 6v4m0 2.500v.1',
} as const

export type IconName = keyof typeof SHAPES

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  )
}
