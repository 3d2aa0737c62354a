// Asks for a login of any kind that makes sense in a page. A secret goes to the client of the page and is stored nowhere.

import { useState } from 'preact/hooks'
import type { Login, LoginKind } from '../state/login.ts'
import { LOGIN_KINDS, LOGIN_TEXTS, needsName } from '../state/login.ts'
import { Options } from './small.tsx'

interface FormProps {
  /** The words of the button. */
  readonly action: string
  readonly kind: LoginKind
  readonly authid: string
  readonly onLogin: (login: Login) => void
}

export function LoginForm({ action, kind: firstKind, authid: firstName, onLogin }: FormProps) {
  const [kind, setKind] = useState(firstKind)
  const [authid, setAuthid] = useState(firstName)
  const [secret, setSecret] = useState('')
  const text = LOGIN_TEXTS[kind]
  const choose = (next: LoginKind): void => {
    setKind(next)
    // A key and a token name their user, who need not be the one of another login.
    if (!needsName(next)) setAuthid('')
  }
  return (
    <form
      class="login-form"
      onSubmit={(event) => {
        event.preventDefault()
        onLogin({ kind, authid: authid.trim(), secret })
      }}
    >
      <label class="field">
        <span>Log in by</span>
        <select value={kind} onChange={(event) => choose(kindOf(event.currentTarget.value))}>
          <Options words={LOGIN_KINDS} textOf={(each) => LOGIN_TEXTS[each].name} />
        </select>
      </label>
      {text.secret === undefined ? null : (
        <>
          <label class="field">
            <span>{needsName(kind) ? 'Name' : 'Name (may be left out)'}</span>
            <input
              name="username"
              value={authid}
              required={needsName(kind)}
              onInput={(event) => setAuthid(event.currentTarget.value)}
              autocomplete="username"
              autocapitalize="off"
              spellcheck={false}
            />
          </label>
          <label class="field">
            <span>{text.secret}</span>
            <input
              name="password"
              type="password"
              value={secret}
              required
              onInput={(event) => setSecret(event.currentTarget.value)}
              autocomplete="current-password"
            />
          </label>
        </>
      )}
      {kind === 'cryptosign' ? <KeyFile onText={setSecret} /> : null}
      <p class="quiet">{text.about}</p>
      <button type="submit">{action}</button>
    </form>
  )
}

function KeyFile({ onText }: { readonly onText: (text: string) => void }) {
  return (
    <label class="field">
      <span>or a file</span>
      <input
        type="file"
        onChange={(event) => {
          void event.currentTarget.files?.[0]?.text().then(onText)
        }}
      />
    </label>
  )
}

function kindOf(text: string): LoginKind {
  return LOGIN_KINDS.find((each) => each === text) ?? 'password'
}
