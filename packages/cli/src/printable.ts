// Makes text safe for a terminal or a log: escapes characters that control a terminal, that hide or reorder others, or that
// end a line for some readers. The log and all output of commands use this file.

import type { Terminal } from './terminal.ts'

/**
 * C0 and C1 controls but tab and line feed, DEL, line and paragraph separators, marks that change the direction of text or
 * are invisible, lone surrogates.
 */
const UNPRINTABLE =
  /[\0-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu

/** A text with those characters as JSON escapes. A JSON document keeps its value, since it has them only in strings. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escapes)
}

/** The same on one line: a text with line feeds is quoted. */
export function printableLine(text: string): string {
  return /[\n\t]/.test(text) || text.search(UNPRINTABLE) >= 0 ? printable(JSON.stringify(text)) : text
}

/** A terminal that makes all output printable. Lines of its log are made printable by the log. */
export function printableOn(terminal: Terminal): Terminal {
  return {
    print: (text) => terminal.print(printable(text)),
    complain: (text) => terminal.complain(printable(text)),
    printed: () => terminal.printed(),
    openLog: (lostLine) => terminal.openLog(lostLine),
    logReader: terminal.logReader,
    hasColors: terminal.hasColors,
    showsProgress: terminal.showsProgress,
    stop: terminal.stop,
    unread: terminal.unread,
    onHangup: (listener) => terminal.onHangup(listener),
    asks: terminal.asks,
    onRotation: (listener) => terminal.onRotation(listener),
    readSecret: (question) => terminal.readSecret(question),
    readInput: () => terminal.readInput(),
    screen: terminal.screen,
  }
}

/** The escapes of a character, one for each UTF-16 code unit. */
function escapes(character: string): string {
  let text = ''
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  return text
}
