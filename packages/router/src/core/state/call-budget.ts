// Octets that the router keeps with the open calls of one caller: payload for re-routing, attributes of progressive calls.

export class CallBudget {
  #octets = 0

  get octets(): number {
    return this.#octets
  }

  fits(octets: number, most: number): boolean {
    return this.#octets + octets <= most
  }

  take(octets: number): void {
    this.#octets += octets
  }

  giveBack(octets: number): void {
    this.#octets -= octets
  }
}
