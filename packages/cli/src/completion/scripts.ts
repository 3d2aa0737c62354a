// The scripts of the shells, written of the tree of commands. They are static, so that a completion starts no process, except for
// the names of contexts.

import type { Completed, CompletedCommand, CompletedOption } from './command-tree.ts'
import { allCommands } from './command-tree.ts'

/** Prints the names of the contexts, one a line. */
const CONTEXTS = `trunkline context ls --json 2>/dev/null | sed -n 's/^{"name":"\\([^"]*\\)".*/\\1/p'`

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script of a shell for a program. */
export function completionScript(shell: Shell, tree: CompletedCommand): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](tree)
}

/** The cases that lead from the path of a command to that of the next. */
function steps(tree: CompletedCommand): string {
  return allCommands(tree)
    .slice(1)
    .map(({ path }) => `'${path}'`)
    .join('|')
}

/** Each option with a value, as the command and its option, `trunkline call --realm`. */
function valued(tree: CompletedCommand): { readonly places: string; readonly value: Completed }[] {
  return allCommands(tree).flatMap(({ path, options }) =>
    options.flatMap(({ long, short, value }) => {
      if (value === undefined) return []
      const names = short === undefined ? [long] : [long, short]
      return [{ places: names.map((name) => `'${path} ${name}'`).join('|'), value }]
    }),
  )
}

function words(value: Completed): string {
  return typeof value === 'string' ? '' : value.join(' ')
}

function bashScript(tree: CompletedCommand): string {
  const fill = (value: Completed): string => {
    if (value === 'file') return `COMPREPLY=($(compgen -f -- "$cur"))`
    if (value === 'context') return `COMPREPLY=($(compgen -W "$(${CONTEXTS})" -- "$cur"))`
    return `COMPREPLY=($(compgen -W '${words(value)}' -- "$cur"))`
  }
  const values = valued(tree).map(({ places, value }) => `    ${places}) ${fill(value)}; return ;;\n`)
  const commands = allCommands(tree).map(({ path, commands: below, options, argument }) => {
    const flags = options.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]))
    const names = below.map((each) => each.path.split(' ').at(-1) ?? '')
    const plain = names.length > 0 ? fill(names) : fill(argument)
    return `    '${path}') if [[ $cur == -* ]]; then ${fill(flags)}; else ${plain}; fi ;;\n`
  })
  return `# Completion of trunkline for bash: source <(trunkline completion bash)
_trunkline() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at=trunkline i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
    ${steps(tree)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $prev" in
${values.join('')}  esac
  case "$at" in
${commands.join('')}  esac
}
complete -o filenames -F _trunkline trunkline
`
}

function zshScript(tree: CompletedCommand): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const described = (name: string, about: string): string => quoted(`${name.replaceAll(':', '\\:')}:${about}`)
  const fill = (value: Completed): string => {
    if (value === 'file') return '_files'
    if (value === 'context') return `compadd -- \${(f)"$(${CONTEXTS})"}`
    return value === 'any' ? '_message value' : `compadd -- ${value.map(quoted).join(' ')}`
  }
  const values = valued(tree).map(({ places, value }) => `    (${places}) ${fill(value)}; return ;;\n`)
  const commands = allCommands(tree).map(({ path, commands: below, options, argument }) => {
    const flags = options.map(({ long, about }) => described(long, about)).join(' ')
    const names = below.map((each) => described(each.path.split(' ').at(-1) ?? '', each.about)).join(' ')
    const plain = below.length > 0 ? `found=(${names}); _describe command found` : fill(argument)
    return `    ('${path}') if [[ $PREFIX == -* ]]; then found=(${flags}); _describe option found; else ${plain}; fi ;;\n`
  })
  return `#compdef trunkline
# Completion of trunkline for zsh: source <(trunkline completion zsh), after compinit
_trunkline() {
  local at=trunkline i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
    (${steps(tree)}) at="$at $words[i]" ;;
    esac
  done
  case "$at $words[CURRENT-1]" in
${values.join('')}  esac
  case "$at" in
${commands.join('')}  esac
}
if [ "$funcstack[1]" = _trunkline ]; then _trunkline "$@"; else compdef _trunkline trunkline; fi
`
}

function fishScript(tree: CompletedCommand): string {
  const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
  const at = (path: string): string => `-n ${quoted(`__trunkline_at ${quoted(path)}`)}`
  const fill = (value: Completed): string => {
    if (value === 'file') return '-rF'
    if (value === 'context') return `-x -a ${quoted(`(${CONTEXTS})`)}`
    return value === 'any' ? '-x' : `-x -a ${quoted(value.join(' '))}`
  }
  const option = (path: string, { long, short, about, value }: CompletedOption): string => {
    const letter = short === undefined ? '' : ` -s ${short.slice(1)}`
    return `complete -c trunkline ${at(path)} -l ${long.slice(2)}${letter}${value === undefined ? '' : ` ${fill(value)}`} -d ${quoted(about)}\n`
  }
  const lines = allCommands(tree).flatMap(({ path, commands, options, argument }) => [
    ...commands.map((each) => `complete -c trunkline ${at(path)} -f -a ${each.path.split(' ').at(-1) ?? ''} -d ${quoted(each.about)}\n`),
    ...options.map((each) => option(path, each)),
    ...(commands.length > 0 || argument === 'any' ? [] : [`complete -c trunkline ${at(path)} ${fill(argument).replace('-rF', '-F')}\n`]),
  ])
  return `# Completion of trunkline for fish: trunkline completion fish | source
function __trunkline_at
  set -l at trunkline
  for word in (commandline -opc)[2..]
    switch "$at $word"
      case ${allCommands(tree)
        .slice(1)
        .map(({ path }) => quoted(path))
        .join(' ')}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c trunkline -f
${lines.join('')}`
}
