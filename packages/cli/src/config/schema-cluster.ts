// The part of the schema on the other nodes of a cluster.

import type { DictNode } from './nodes.ts'

const NATS = {
  kind: 'dict',
  about: 'The servers of NATS that carry what nodes say to one another. Needs a package that is installed beside the command.',
  keys: {
    servers: {
      kind: 'list',
      of: {
        kind: 'text',
        format: 'natsServer',
        about: 'A server such as nats://10.0.0.1:4222; with tls:// all of them are reached by TLS only.',
      },
      least: 1,
      about: 'The servers, of which one is used at a time.',
    },
    credentials: { kind: 'text', format: 'file', about: 'A file with JWT and seed (.creds), relative to this file.' },
    nkey: { kind: 'text', isSecret: true, about: 'The seed of an nkey.' },
    user: { kind: 'text', about: 'The name of the user of NATS.' },
    password: { kind: 'text', isSecret: true, about: "The user's password." },
    token: { kind: 'text', isSecret: true, about: 'The token that the servers want.' },
    tls: {
      kind: 'dict',
      about: 'The servers are reached by TLS only.',
      keys: {
        ca: {
          kind: 'text',
          format: 'file',
          about: 'A file with the authorities that may sign the certificates of the servers (PEM), relative to this file.',
          otherwise: 'those of Node',
        },
        cert: { kind: 'text', format: 'file', about: 'A file with the certificate of this node (PEM), relative to this file.' },
        key: { kind: 'text', format: 'file', about: 'A file with its private key (PEM), relative to this file.' },
      },
      required: [],
      needs: { cert: ['key'], key: ['cert'] },
      otherwise: 'TLS is used where a server offers it',
    },
  },
  required: ['servers'],
  needs: { user: ['password'], password: ['user'] },
} as const satisfies DictNode

export const CLUSTER = {
  kind: 'dict',
  about: 'Joins the router to others, which serve the same realms on other machines. A change needs a restart.',
  keys: {
    name: { kind: 'text', format: 'clusterName', about: 'The name of the cluster, the same on all nodes.' },
    node: {
      kind: 'text',
      format: 'nodeName',
      about: 'The name of this node, which no other node has. With several workers, each has it with a hyphen and its number.',
      otherwise: 'the name of the machine and five random characters, other ones at each start',
    },
    nats: NATS,
    secret: {
      kind: 'text',
      isSecret: true,
      about: 'At least 16 characters, the same on all nodes: nodes with another one are not heard.',
    },
    callees: {
      kind: 'text',
      oneOf: ['local', 'any'],
      about: 'Which callee gets a call where the policy of the registration leaves the choice: one of this node first, or all alike.',
      default: 'local',
    },
  },
  required: ['name', 'nats', 'secret'],
  otherwise: 'the router stands alone',
} as const satisfies DictNode
