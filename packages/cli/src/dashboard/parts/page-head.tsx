// The head of a page: its title, the realm that it shows, and what can be done with all of it.

import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { useDashboard } from './context.ts'
import { Options } from './small.tsx'

interface HeadProps {
  readonly title: string
  /** `all`: one realm or all of them; `one`: a realm to join. Absent: the page is about the router. */
  readonly realms?: 'all' | 'one'
  readonly children?: ComponentChildren
}

export function PageHead({ title, realms, children }: HeadProps) {
  useEffect(() => {
    document.title = `${title} – Trunkline`
  }, [title])
  return (
    <div class="page-head">
      <h1 tabIndex={-1}>{title}</h1>
      {realms === 'all' ? <RealmChoice /> : null}
      {realms === 'one' ? <RealmField /> : null}
      {children}
    </div>
  )
}

/** All realms, or one of those that there are. */
function RealmChoice() {
  const { watch, navigation } = useDashboard()
  const { realm = '' } = navigation.place.value.params
  const names = watch.realms.value.map((row) => row.realm)
  const isKnown = realm === '' || names.includes(realm)
  return (
    <label class="inline-field">
      <span>Realm</span>
      <select value={realm} onChange={(event) => navigation.change({ realm: event.currentTarget.value })}>
        <option value="">all realms</option>
        {isKnown ? null : <option value={realm}>{realm}</option>}
        <Options words={names} />
      </select>
    </label>
  )
}

/** Any realm, whether it is there or made on demand. */
function RealmField() {
  const dashboard = useDashboard()
  const { watch, navigation } = dashboard
  return (
    <form
      class="inline-field"
      onSubmit={(event) => {
        event.preventDefault()
        const realm = new FormData(event.currentTarget).get('realm')
        if (typeof realm === 'string') navigation.change({ realm: realm.trim() })
      }}
    >
      <label for="realm">Realm</label>
      <input
        id="realm"
        name="realm"
        key={dashboard.workRealm}
        defaultValue={dashboard.workRealm ?? ''}
        list="realm-names"
        required
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
      />
      <datalist id="realm-names">
        {watch.realms.value.map(({ realm }) => (
          <option key={realm} value={realm} />
        ))}
      </datalist>
      <button type="submit" class="small">
        Switch
      </button>
    </form>
  )
}
