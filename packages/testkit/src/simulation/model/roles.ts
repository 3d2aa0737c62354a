// What a client announces in HELLO.

type Options = Readonly<Record<string, unknown>>

const ROLES = ['publisher', 'subscriber', 'caller', 'callee']

/** The features of a HELLO as `role.feature`; undefined when no role is announced, or one that is no dictionary. */
export function readRoles(roles: unknown): readonly string[] | undefined {
  if (!isDict(roles)) return undefined
  const announced = ROLES.filter((role) => roles[role] !== undefined && roles[role] !== null)
  if (announced.length === 0 || !announced.every((role) => isDict(roles[role]))) return undefined
  return announced.flatMap((role) => {
    const features = (roles[role] as Options)['features']
    return isDict(features)
      ? Object.keys(features)
          .filter((name) => features[name] === true)
          .map((name) => `${role}.${name}`)
      : []
  })
}

function isDict(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
