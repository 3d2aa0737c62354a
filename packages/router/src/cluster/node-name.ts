// The names of nodes. They become the names of sockets and parts of subjects, so that nothing else may be in them.

/** Whether this may be the name of a node. */
export function isNodeName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name)
}
