// All that the parts of the page share: the router's facts, its sessions in the realm of the admin API and in a realm of an
// application, the place that is shown.

import { effect } from '@preact/signals'
import type { About } from '../../dashboard-about.ts'
import { socketUrl } from './about.ts'
import { Link } from './link.ts'
import type { Login, LoginKind } from './login.ts'
import { ANONYMOUS, COOKIE, LOGIN_KINDS } from './login.ts'
import { Navigation } from './navigation.ts'
import type { SnippetContext } from './snippets.ts'
import { read, ThemeChoice, write } from './theme.ts'
import { Watch } from './watch.ts'

const LAST_KIND = 'trunkline.login.kind'
const LAST_NAME = 'trunkline.login.name'
/** Whether the reader has logged in here and not logged out: a cookie may stand for the login. */
const IS_IN = 'trunkline.login.open'
const DEFAULT_URL = 'ws://127.0.0.1:8080/ws'

export class Dashboard {
  readonly about: About
  readonly url: string
  readonly navigation = new Navigation()
  readonly theme = new ThemeChoice()
  readonly watch = new Watch()
  /** In the realm of the admin API. */
  readonly admin: Link
  /** In a realm of an application. */
  readonly work: Link
  /** Whether the reader has logged in: a login that the page tried by itself may fail without a word. */
  wasAsked = false

  constructor(about: About) {
    this.about = about
    this.url = socketUrl(about, document.baseURI)
    this.admin = new Link(this.url)
    this.work = new Link(this.url)
    effect(() => {
      const { session } = this.admin
      if (session !== undefined) this.watch.start(session)
    })
  }

  /** Logs in where no secret is needed for it. */
  start(): void {
    const { kind } = this.lastLogin
    if (this.about.development !== undefined || (kind === 'anonymous' && read(IS_IN) === 'yes'))
      this.admin.join(this.about.adminRealm, ANONYMOUS)
    else if (read(IS_IN) === 'yes') this.admin.join(this.about.adminRealm, COOKIE)
  }

  logIn(login: Login): void {
    this.wasAsked = true
    write(LAST_KIND, login.kind)
    write(LAST_NAME, login.authid)
    write(IS_IN, 'yes')
    this.admin.join(this.about.adminRealm, login)
  }

  /** Ends the sessions of the page, and the cookie that stands for the login where there is one and the role may end it. */
  async logOut(): Promise<void> {
    write(IS_IN, 'no')
    await this.admin.session?.call('trunkline.auth.logout').catch(() => undefined)
    this.work.leave()
    this.admin.leave()
  }

  /** The login of the last visit, without its secret. */
  get lastLogin(): { readonly kind: LoginKind; readonly authid: string } {
    const kind = LOGIN_KINDS.find((each) => each === read(LAST_KIND)) ?? 'password'
    return { kind, authid: read(LAST_NAME) ?? '' }
  }

  /** The realm for calls and events: that of the address; in development mode that of the demo where there is none. */
  get workRealm(): string | undefined {
    return this.navigation.place.value.params['realm'] ?? this.about.development?.realm
  }

  /** The link that leads, or would lead, to a realm. */
  linkOf(realm: string): Link {
    return realm === this.about.adminRealm ? this.admin : this.work
  }

  /** The sessions of this page. */
  isOwn(session: number): boolean {
    return [this.admin.session?.id, this.work.session?.id].includes(session)
  }

  snippetContext(realm: string): SnippetContext {
    return { url: this.url, realm, command: this.about.development?.command ?? 'trunkline', isDefaultUrl: this.url === DEFAULT_URL }
  }
}
