// What an operator does: calls, publications, subscriptions, kick, reload, the log, the end of the router.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { openSession } from '@trunkline/client/session'
import type { Step } from '../browser/steps.ts'
import type { Looks } from './looks.ts'
import type { Visit } from './visit.ts'
import type { World } from './world.ts'
import { configuration } from './world.ts'

const SHOP = 'com.example.shop'

export function actionSteps(visit: Visit, looks: Looks, world: World, publicKey: string): readonly Step[] {
  const { page } = visit
  const looksRight = async (name: string): Promise<void> => assert.deepEqual(await looks.take(name), [])
  return [
    [
      'a call in another realm needs a session there',
      async () => {
        await visit.go(`#/call?realm=${SHOP}&procedure=com.example.shop.price.get`, 'Call')
        await visit.sees('h2', `Join ${SHOP}`)
        await visit.clicks('Join')
        await visit.sees('h2', 'Request')
      },
    ],
    [
      'a call takes JSON, says what is none, and shows the answer',
      async () => {
        await visit.types('Arguments a list of JSON', '[5')
        await visit.sees('.field-fault', 'not JSON')
        await visit.types('Arguments a list of JSON', '[5]')
        await visit.clicks('Call')
        await visit.sees('.json-tree', '15')
      },
    ],
    [
      'a described procedure has fields',
      async () => {
        await visit.types('Procedure', 'com.example.shop.order.place')
        await visit.sees('.described', 'Places an order.')
        await page.locator('.described input').first().fill('14')
        await visit.clicks('Call')
        await visit.sees('.notice', 'com.example.shop.error.sold_out: no more of it')
        await page.locator('.described input').first().fill('15')
        await page.locator('.described input').nth(1).fill('<b>quick</b>')
        await visit.clicks('Call')
        await visit.sees('.json-tree', 'order')
        await visit.sees('.uri', 'note="<b>quick</b>"')
        await looksRight('call')
      },
    ],
    [
      'an event is published, and comes to the log as text',
      async () => {
        await visit.go(`#/events?realm=${SHOP}&topic=com.example.shop.test`, 'Events')
        await visit.sees('.chips', 'com.example.shop.test')
        await visit.types('Arguments a list of JSON', '["<img src=x onerror=alert(1)>", {"a": [1, 2]}]')
        await visit.clicks('Publish')
        await visit.sees('.log li', '<img src=x onerror=alert(1)>')
        await visit.types('Topic or pattern', 'com.example.shop.price.')
        await page.getByLabel('Match').selectOption('prefix')
        await visit.clicks('Subscribe')
        await visit.sees('.log li', 'com.example.shop.price.article')
        await looksRight('events')
      },
    ],
    [
      'another realm clears what was there',
      async () => {
        await visit.types('Realm', 'com.example.lab')
        await visit.clicks('Switch')
        await visit.sees('h2', 'Join com.example.lab')
        assert.equal(await page.locator('.log li').count(), 0)
      },
    ],
    [
      'lists go from page to page',
      async () => {
        const end = await world.subscribeToMany(60)
        await visit.go(`#/topics?realm=${SHOP}&search=many`, 'Topics')
        await visit.sees('.pager', 'Page 1')
        await visit.clicks('Next')
        await visit.sees('.pager', 'Page 2')
        await visit.sees('tbody tr', 'com.example.shop.many.55')
        await visit.clicks('Previous')
        await visit.sees('tbody tr', 'com.example.shop.many.5')
        await end()
        await visit.sees('.empty', 'No topics match.')
      },
    ],
    [
      'a session is kicked, once it is confirmed',
      async () => {
        const victim = await openSession({ url: world.url, realm: SHOP, agent: 'to be kicked' })
        await visit.go(`#/sessions?realm=${SHOP}&search=kicked`, 'Sessions')
        const kick = page.getByRole('button', { name: `Kick session ${victim.id}` })
        await kick.click()
        await visit.sees('dialog', 'Kick this session?')
        await looksRight('kick')
        await visit.clicks('Cancel')
        assert.equal(victim.isOpen, true)
        await kick.click()
        await page.locator('dialog').getByRole('button', { name: 'Kick' }).click()
        const { message } = await victim.closed
        assert.equal(message, 'ended by an operator')
        await visit.sees('.empty', 'No sessions match.')
      },
    ],
    [
      'the configuration is shown without secrets, and reloaded after a look at its plan',
      async () => {
        await visit.go('#/configuration', 'Configuration')
        await visit.sees('.json-tree', 'com.example.shop')
        await visit.clicks('What would change?')
        await visit.sees('[role=status]', 'Nothing would change.')
        const rule = '\n      auditor:\n        - { uri: com.example.shop.order.**, allow: [subscribe] }'
        await writeFile(world.file, configuration(Number(new URL(world.page).port), publicKey, rule))
        await visit.clicks('What would change?')
        await visit.sees('.plan', 'auditor')
        await looksRight('configuration')
        await visit.clicks('Reload …')
        await page.locator('dialog').getByRole('button', { name: 'Reload' }).click()
        await visit.sees('.notice', 'Reloaded: 1 change')
        assert.doesNotMatch(String(await page.locator('.json-tree').textContent()), /a password of an operator/)
      },
    ],
    [
      'the log has levels by area',
      async () => {
        await page.getByLabel('All areas').selectOption('warn')
        await world.router.shows(/log level changed/)
        await visit.go('#/overview', 'Overview')
        await visit.go('#/configuration', 'Configuration')
        await page
          .locator('.level-field', { hasText: 'All areas' })
          .locator('option:checked', { hasText: 'warn' })
          .waitFor({ state: 'attached' })
      },
    ],
    [
      'colours follow the choice of the reader, and keep it',
      async () => {
        await page.getByRole('button', { name: /^Colours: system/ }).click()
        await page.getByRole('button', { name: /^Colours: light/ }).click()
        assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
        await page.reload()
        await visit.sees('h1', 'Configuration')
        assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
        await page.getByRole('button', { name: /^Colours: dark/ }).click()
      },
    ],
    [
      'a phone has a menu, which the keyboard opens too',
      async () => {
        await page.setViewportSize({ width: 390, height: 844 })
        await page.locator('#places').waitFor({ state: 'hidden' })
        await page.getByRole('button', { name: 'Open the menu' }).focus()
        await page.keyboard.press('Enter')
        await looksOfMenu(visit, looks)
        await page.setViewportSize({ width: 390, height: 844 })
        await page.locator('#places').getByRole('link', { name: 'Topics' }).focus()
        await page.keyboard.press('Enter')
        await visit.sees('h1', 'Topics')
        await page.locator('#places').waitFor({ state: 'hidden' })
        await page.setViewportSize({ width: 1280, height: 900 })
      },
    ],
    [
      'nothing was logged as an error, no security policy was broken, no other server asked',
      () => Promise.resolve(assert.deepEqual(visit.complaints, [])),
    ],
    [
      'the router is drained once the word is typed, and the page says that it is gone',
      async () => {
        await visit.go('#/configuration', 'Configuration')
        await visit.clicks('Drain …')
        const drain = page.locator('dialog').getByRole('button', { name: 'Drain' })
        assert.equal(await drain.isDisabled(), true)
        await page.locator('dialog input').fill('drain')
        await drain.click()
        await visit.sees('#link[data-state=lost] #status', 'Next attempt')
        assert.equal(await world.router.ended, 0)
        await looks.take('lost')
      },
    ],
  ]
}

async function looksOfMenu(visit: Visit, looks: Looks): Promise<void> {
  await visit.page.locator('#places').getByRole('link', { name: 'Topics' }).waitFor()
  assert.deepEqual(await looks.take('menu'), [])
}
