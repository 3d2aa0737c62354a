// The contract of the admin API. docs/reference/admin-api.md and admin.contract.json are made of it.
// What only looks stands below `view`, so that one rule grants all of it and nothing else.

import { contract } from '@trunkline/contract'
import { acts } from './contract/acts.ts'
import { pages } from './contract/pages.ts'
import { routerItself } from './contract/router-itself.ts'
import { looks, looksWithPayload } from './contract/traffic.ts'

export const adminApi = contract(
  'trunkline.admin',
  { view: { ...routerItself, ...pages, ...looks }, traffic: looksWithPayload, ...acts },
  { version: '1.0.0', title: 'Admin API' },
)
