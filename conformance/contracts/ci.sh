#!/usr/bin/env bash
# The validator of contracts at the router: the official test suite of JSON Schema, which the sources of a Python package carry and
# which is fetched into .cache, and random schemas and values against ajv; the parser of AsyncAPI, which is fetched as well; what contracts cost a compiler; where "go to definition" leads; and Autobahn|Python, which calls a
# contract's procedures and implements one.
# needs: python3 python3-venv
set -eu

cd "$(dirname "$0")/../.."
folder=.cache/json-schema-suite
suite=$folder/jsonschema-4.25.1/json/tests/draft2020-12

fetch() {
  rm -rf "$folder" && mkdir -p "$folder" && python3 -m venv "$folder/venv" &&
    "$folder/venv/bin/pip" download --quiet --no-input --disable-pip-version-check --no-deps --no-binary jsonschema --dest "$folder" \
      jsonschema==4.25.1 && tar -xzf "$folder/jsonschema-4.25.1.tar.gz" -C "$folder"
}

[ -d "$suite" ] || fetch || echo 'the official test suite of JSON Schema could not be fetched'
options=(--python "$(conformance/python.sh interop)/bin/python")
asyncapi=.cache/asyncapi
parser=$asyncapi/node_modules/@asyncapi/parser
# 55 MB in 137 packages, so that it is no dependency of the repository.
[ -d "$parser" ] || { mkdir -p "$asyncapi" && npm install --silent --no-save --ignore-scripts --prefix "$asyncapi" @asyncapi/parser@3.6.3; } ||
  echo 'the parser of AsyncAPI could not be fetched'
[ ! -d "$parser" ] || options+=(--asyncapi "$asyncapi")
[ ! -d "$suite" ] || options+=(--suite "$suite")
exec node --import tsx --conditions=trunkline-source conformance/contracts/run.ts "${options[@]}" "$@"
