#!/usr/bin/env bash
# What zsh and fish complete by the generated scripts. In zsh the functions that show completions are replaced by ones that print them.
# Ends with "N passed, N failed".
# needs: zsh fish
set -u

cd "$(dirname "$0")/../.."
if ! command -v zsh >/dev/null || ! command -v fish >/dev/null; then
  echo 'SKIPPED completion: zsh or fish is not there'
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=conformance/steps.sh
. conformance/steps.sh

export XDG_CONFIG_HOME="$work/configuration"
trunkline() { node packages/cli/bin/trunkline.js "$@"; }
mkdir "$work/bin"
printf '#!/bin/sh\nexec node %s/packages/cli/bin/trunkline.js "$@"\n' "$PWD" >"$work/bin/trunkline"
chmod +x "$work/bin/trunkline"
export PATH="$work/bin:$PATH"
trunkline context add prod --url ws://127.0.0.1:8080/ws
trunkline completion zsh >"$work/trunkline.zsh"
trunkline completion fish >"$work/trunkline.fish"

# in_fish LINE WORD: whether fish offers WORD for the line.
in_fish() { fish -N -c "source $work/trunkline.fish; complete -C '$1'" | cut -f1 | tee "$work/offered" | grep -qxF -- "$2" || { cat "$work/offered"; false; }; }

# in_zsh WORD WORDS...: whether zsh offers the first for the last of the others.
in_zsh() {
  local wanted=$1
  shift
  zsh -f -c '
    compdef() { }
    compadd() { [ "$1" = -- ] && shift; print -l -- "$@" }
    _describe() { print -l -- ${${(P)2}%%:*} }
    _files() { print files }
    _message() { }
    source '"$work"'/trunkline.zsh
    words=("$@") CURRENT=$# PREFIX=${@[-1]}
    _trunkline' zsh "$@" | tee "$work/offered" | grep -qxF -- "$wanted" || { cat "$work/offered"; false; }
}

try 'fish: commands' in_fish 'trunkline ' call
try 'fish: commands below' in_fish 'trunkline context ' add
try 'fish: options' in_fish 'trunkline call com.example.add --re' --repeat
try 'fish: words of an option' in_fish 'trunkline call --login ' cryptosign
try 'fish: names of contexts' in_fish 'trunkline call --context ' prod
try 'fish: files' in_fish 'trunkline check READ' README.md
try 'zsh: commands' in_zsh call trunkline ''
try 'zsh: commands below' in_zsh add trunkline context ''
try 'zsh: options' in_zsh --repeat trunkline call com.example.add --re
try 'zsh: words of an option' in_zsh cryptosign trunkline call --login ''
try 'zsh: names of contexts' in_zsh prod trunkline call --context ''
try 'zsh: files' in_zsh files trunkline check READ
finish
