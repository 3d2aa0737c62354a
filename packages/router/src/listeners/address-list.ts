// Addresses and networks to which an address may belong. Makes no DNS request.

import { BlockList, isIP } from 'node:net'
import { UsageError } from '@trunkline/protocol'

/** Stands for all connections by a Unix socket. */
export const UNIX = 'unix'

export class AddressList {
  readonly #list = new BlockList()
  readonly #hasUnix: boolean
  readonly isEmpty: boolean

  /**
   * @param addresses addresses or networks: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`; or `unix`
   * @throws {UsageError} when one is neither
   */
  constructor(addresses: readonly string[]) {
    this.isEmpty = addresses.length === 0
    this.#hasUnix = addresses.includes(UNIX)
    for (const each of addresses) if (each !== UNIX) this.#add(each)
  }

  /** Whether an address, or `unix`, is in the list. */
  has(address: string): boolean {
    if (this.isEmpty) return false
    if (address === UNIX) return this.#hasUnix
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
    if (mapped !== null) return this.#list.check(mapped[1] ?? '', 'ipv4')
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }

  #add(network: string): void {
    const [address = '', bits, ...more] = network.split('/')
    const version = isIP(address)
    const most = version === 4 ? 32 : 128
    if (version === 0 || more.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
      throw new UsageError(`'${network}' is neither an IP address nor a network such as 10.0.0.0/8`, 'TL_PROXY')
    }
    this.#list.addSubnet(address, bits === undefined ? most : Number(bits), version === 4 ? 'ipv4' : 'ipv6')
  }
}
