// The files that `trunkline init` writes. Texts only; a test shows that each passes the check.

/** The values that a template can insert. */
export interface TemplateValues {
  /** The SHA-256 of the ticket of the user `backend`. */
  readonly sha256: string
  /** The SHA-256 of the ticket of the user `operator`. */
  readonly operatorSha256: string
  readonly loginSecret: string
}

const HEAD = `# yaml-language-server: $schema=./trunkline.schema.json
#
# The configuration of a WAMP router. \`trunkline check\` checks it, \`trunkline config show\` shows it with every default, \`trunkline start\`
# runs it. Editors complete its keys after \`trunkline config schema > trunkline.schema.json\`.
`

/** A minimal configuration of a router for this machine only. */
function minimal(): string {
  return `${HEAD}
listeners:
  # WebSocket at ws://127.0.0.1:8080/ws, for browsers and programs on this machine.
  - websocket: { host: 127.0.0.1, port: 8080 }

realms:
  realm1:
    # The role of clients without a login. Without this line the router refuses them.
    anonymous: { role: guest }

    # The router denies what no rule names; the most specific rule decides.
    roles:
      guest:
        - { uri: com.example.**, allow: [call, register, publish, subscribe] }
        - { uri: wamp.session.count, allow: [call] }
`
}

/** A router behind a proxy or with TLS of its own, with users, limits, and a realm for its operators. */
function production({ sha256, operatorSha256, loginSecret }: TemplateValues): string {
  return `${HEAD}
listeners:
  - websocket:
      # On this machine, for a proxy that ends TLS. For TLS of the router itself: host 0.0.0.0, port 443, and the lines of tls.
      host: \${env:TRUNKLINE_HOST:-127.0.0.1}
      port: \${env:TRUNKLINE_PORT:-8080}
      paths: [/ws]
      # The origins whose pages may connect; programs other than browsers always may.
      origins: ['https://app.example.com']
      # tls:
      #   cert: /etc/trunkline/fullchain.pem
      #   key: /etc/trunkline/privkey.pem
      limits: { connections: 20000 }
      # Operators come by the other listener, which only this machine reaches.
      logins: { realms: [com.example.shop] }
  - websocket:
      host: 127.0.0.1
      port: \${env:TRUNKLINE_ADMIN_PORT:-8090}
      logins: { realms: [trunkline] }
      # A page that shows the router and acts on it: http://127.0.0.1:8090. Without this line there is none.
      dashboard: {}

# The addresses of your proxies: from them the router accepts the address of a client.
trustedProxies: [127.0.0.1, '::1']

limits:
  message: 1MiB
  outbox: 4MiB
  outboxTotal: 256MiB
  sessionsPerAddress: 100

realms:
  com.example.shop:
    users:
      # A program that logs in by ticket. The file holds only its SHA-256; \`trunkline token\` makes another.
      backend:
        role: backend
        ticket: { sha256: ${sha256} }
      # A person who logs in by password: \`trunkline salt\` makes the lines of scram.
      # alice:
      #   role: customer
      #   scram: { kdf: argon2id13, salt: …, iterations: 3, memory: 65536, storedKey: …, serverKey: … }
      # A device with a key: \`trunkline keys new\` makes it.
      # sensor-1: { role: device, cryptosign: { publicKeys: [ … ] } }

    # By this secret unknown names get the same challenges each time, as users do, so that names cannot be found out by trying.
    loginSecret: ${loginSecret}

    # The router denies what no rule names; the most specific rule decides.
    roles:
      backend:
        - { uri: com.example.shop.**, allow: [call, register, publish, subscribe], disclose: { caller: always } }
        - { uri: wamp.session.count, allow: [call] }
      customer:
        - { uri: com.example.shop.public.**, allow: [call, subscribe] }
        # {authid} stands for the authid of the session.
        - { uri: 'com.example.shop.customer.{authid}.**', allow: [call, subscribe] }
      device:
        - { uri: 'com.example.shop.device.{authid}.**', allow: [publish] }

    # A subscriber that reads too slowly misses older prices and stays connected.
    topics:
      - { uri: com.example.shop.public.price.**, slowConsumers: conflate }

    limits:
      sessions: 10000
      messageRate: { perSecond: 200, burst: 1000 }

  # For operators: \`trunkline status\`, \`ls\`, \`kick\`, \`reload\` …, with --url ws://127.0.0.1:8090/ws --login ticket --authid operator.
  trunkline:
    users:
      operator:
        role: operator
        ticket: { sha256: ${operatorSha256} }
    loginSecret: ${loginSecret}
    roles:
      operator:
        - { uri: trunkline.admin.**, allow: [call, subscribe] }
        # Whoever may watch payload reads what others send.
        - { uri: trunkline.admin.traffic.payload, allow: [] }
      # A viewer sees everything and changes nothing.
      viewer:
        - { uri: trunkline.admin.view.**, allow: [call, subscribe] }

# The admin API is offered in this realm. \`trunkline reload\` makes the router read this file again; sessions that it admits stay open.
admin: { realm: trunkline }
`
}

/** The templates by name. */
export const TEMPLATES = { minimal, production } as const satisfies Readonly<Record<string, (values: TemplateValues) => string>>
