// Reads from JavaScript and TypeScript source what needs no parser: its imports, and its code without comments
// and literals. Never touches files.

const REGEX_MAY_FOLLOW =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|=>|\b(?:return|typeof|case|in|of|instanceof|new|delete|void|throw|do|else|yield|await))\s*$/
const STATIC_IMPORT = /(?<![\w$.#])(?:import|export)\b(?:[^'"`;()=]*?\bfrom)?\s*(['"])( *)\1/g
const DYNAMIC_IMPORT = /(?<![\w$.#])import\s*\(\s*(['"`])( *)\1/g

/**
 * The source with comments and the contents of string, template and regular expression literals as blanks: same length,
 * same lines, so that offsets hold. Code inside `${}` stays.
 * @param {string} text
 */
export function blankLiterals(text) {
  const out = text.split('')
  /** @type {number[]} for each open template literal, how many braces are open inside its `${` */
  const templates = []
  let at = 0

  /** @param {number} end */
  const blankTo = (end) => {
    for (; at < end; at++) if (out[at] !== '\n') out[at] = ' '
  }
  /** Blanks from `at` to the closing quote, which stays. @param {string} quote */
  const string = (quote) => {
    let end = at
    while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1
    blankTo(Math.min(end, text.length))
    at++
  }
  const template = () => {
    let end = at
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) end += text[end] === '\\' ? 2 : 1
    blankTo(Math.min(end, text.length))
    if (text[end] === '`') at++
    else {
      templates.push(0)
      at += 2
    }
  }
  const regex = () => {
    let end = at
    for (let inClass = false; end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/'); end++) {
      if (text[end] === '\\') end++
      else if (text[end] === '[') inClass = true
      else if (text[end] === ']') inClass = false
    }
    blankTo(Math.min(end, text.length))
    at++
  }

  while (at < text.length) {
    const char = text[at]
    if (text.startsWith('//', at)) blankTo(endOf(text, '\n', at, 0))
    else if (text.startsWith('/*', at)) blankTo(endOf(text, '*/', at + 2, 2))
    else if (char === "'" || char === '"') {
      at++
      string(char)
    } else if (char === '`') {
      at++
      template()
    } else if (char === '/' && REGEX_MAY_FOLLOW.test(out.slice(Math.max(0, at - 80), at).join(''))) {
      at++
      regex()
    } else {
      const open = templates.length - 1
      const braces = templates[open]
      at++
      if (braces === undefined) continue
      if (char === '{') templates[open] = braces + 1
      else if (char === '}' && braces > 0) templates[open] = braces - 1
      else if (char === '}') {
        templates.pop()
        template()
      }
    }
  }
  return out.join('')
}

/**
 * The specifiers of all imports and re-exports, those of types included, in the order of static ones, then dynamic ones.
 * A dynamic import of a computed name is not found.
 * @param {string} text the source
 * @param {string} code the same, from {@link blankLiterals}
 */
export function importsOf(text, code) {
  const found = []
  for (const pattern of [STATIC_IMPORT, DYNAMIC_IMPORT]) {
    for (const match of code.matchAll(pattern)) {
      const end = match.index + match[0].length - 1
      found.push(text.slice(end - (match[2] ?? '').length, end))
    }
  }
  return found
}

/** @param {string} text @param {string} mark @param {number} from @param {number} length */
function endOf(text, mark, from, length) {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found + length
}
