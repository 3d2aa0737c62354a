// The promises that hold whatever the model says, checked on the bare history of what went in and out.

import type { NaiveRights } from './model/uris.ts'
import type { Plan } from './settings.ts'

export class Invariants {
  checks = 0

  constructor(_plan: Plan, _rights: NaiveRights) {}

  received(_connection: number, _list: readonly unknown[] | undefined): void {}
  sent(_connection: number, _list: readonly unknown[]): void {}
  over(_connection: number): void {}
  end(): void {}
}
