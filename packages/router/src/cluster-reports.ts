// What operators read in the log of other nodes: each trouble is one line that says what is the matter, and how to mend it.

import type { Log, LogFields } from './core/ports/index.ts'
import type { NodeReports } from './fabric/bus-links.ts'
import type { DownCause } from './fabric/link-ports.ts'
import type { Incident } from './fabric/membership-ports.ts'
import type { SettingsReports } from './fabric/settings-watch.ts'

const area = 'cluster'

/** @param onNameTaken gets the machine of an older process that has the name of this one */
export function nodeReports(log: Log, onNameTaken: (host: string) => void): NodeReports {
  return {
    up: (node, machine) => log.info('node joined', { area, node, host: machine }),
    down: (node, cause) => {
      if (cause === 'left' || cause === 'closed') log.info('node left', { area, node, cause })
      else log.warn('node lost', { area, node, cause, about: ABOUT_LOST[cause] })
    },
    incident: (incident) => {
      const [event, fields] = lineOf(incident)
      log.warn(event, { area, ...fields })
    },
    unwritable: (node, reason) => log.error('frame cannot be written', { area, node, reason }),
    slow: (node) => log.warn('node takes in less than is sent to it', { area, node, remedy: SLOW }),
    nameTaken: ({ node, host }) => {
      log.error('another process has the name of this node, which stops', { area, node, host, remedy: OWN_NAME })
      onNameTaken(host)
    },
  }
}

export function settingsReports(log: Log): SettingsReports {
  return {
    differ: (node, realm) => log.warn('node serves a realm by other settings', { area, node, realm, remedy: SAME_SETTINGS }),
    agree: (node, realm) => log.info('node serves a realm by the same settings again', { area, node, realm }),
  }
}

const OWN_NAME = 'give each node a name of its own (cluster.node), or none'
const SAME_SETTINGS = 'give both nodes the same configuration; until then each judges its own sessions by its own'
const SLOW =
  'see its load, and the network between the two; beyond 48 MiB, or 8 MiB of one user or network, events are missed there, and calls go to other callees or fail'

const ABOUT_LOST: Readonly<Record<Exclude<DownCause, 'left' | 'closed'>, string>> = {
  lost: 'nothing was heard of it for 5 s, its process is gone, or it was started again',
  overflow: 'it did not take in what was sent to it: what it missed is told to its subscribers when it is back',
  protocol: 'one of the two sent what the other cannot read: see the line before, and whether both run the same version',
}

function lineOf(incident: Incident): readonly [event: string, fields: Omit<LogFields, 'area'>] {
  switch (incident.kind) {
    case 'stranger': {
      const { node, host } = incident
      const remedy = 'give all nodes the same cluster.secret, and each cluster a name of its own'
      return ['a node with another secret is not heard', { node, host, remedy }]
    }
    case 'malformed':
      return ['something that is no node publishes where nodes do', { remedy: 'let only nodes publish on the subjects of the cluster' }]
    case 'crowd':
      return [
        'more nodes than a cluster may have',
        { node: incident.node, remedy: 'let only nodes publish on the subjects of the cluster' },
      ]
    case 'name': {
      const { node, host } = incident
      return ['another process was started with the name of this node, and has to stop', { node, host, remedy: OWN_NAME }]
    }
    case 'version': {
      const { node, version, least } = incident
      const remedy = 'upgrade the older of the two; until then they are not linked'
      return ['a node speaks another version of the protocol between nodes', { node, version, least, remedy }]
    }
    case 'clock': {
      const { node, aheadMs } = incident
      const remedy = 'set the clocks by NTP; of two claims at the same time the node that is ahead counts as the later'
      return ['the clock of a node differs by more than 5 s', { node, aheadSeconds: Math.round(aheadMs / 100) / 10, remedy }]
    }
  }
}
