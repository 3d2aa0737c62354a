#!/usr/bin/env bash
# Clients in other languages against the router. Each language is installed and built below .cache/clients; what cannot be
# installed is printed as SKIPPED and counted by the run, what is installed and does not compile is a failure.
# needs: python3 python3-venv maven openjdk-17-jdk-headless libssl-dev pkg-config
set -eu -o pipefail

cd "$(dirname "$0")/../.."
built=$PWD/.cache/clients
sources=$PWD/conformance/clients
mkdir -p "$built"

# A language has two functions. Each ends with the status of the command that failed.

install_go() {
  cd "$sources/go" && go mod download
}
build_go() {
  cd "$sources/go" && nice go build -buildvcs=false -o "$built/go/" ./nexus ./xconn
}

install_rust() {
  cd "$sources/rust" && cargo fetch --quiet --locked
}
build_rust() {
  cd "$sources/rust" && nice cargo build --quiet --locked --offline --target-dir "$built/rust"
}

install_java() {
  take_java autobahn-java && take_java jawampa
}
take_java() {
  nice mvn --quiet --batch-mode --update-snapshots --file "$sources/java/$1" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$built/java/$1/lib"
}
build_java() {
  compile_java autobahn-java && compile_java jawampa
}
compile_java() {
  nice javac -d "$built/java/$1/classes" -cp "$built/java/$1/lib/*" "$sources/java/Lines.java" "$sources/java/$1"/*.java
}

install_python() {
  conformance/python.sh clients/python
}
build_python() {
  :
}

install_javascript() {
  mkdir -p "$built/javascript" && cp "$sources"/javascript/* "$built/javascript/" && cd "$built/javascript" && npm ci --no-audit --no-fund
}
build_javascript() {
  :
}

status=0
for language in go rust java python javascript; do
  start=$SECONDS
  log=$built/$language.log
  if ! ("install_$language") > "$log" 2>&1; then
    rm -rf "${built:?}/$language" "$built/$language-venv"
  elif ! ("build_$language") >> "$log" 2>&1; then
    cat "$log"
    echo "failed    the programs in $language do not compile"
    status=1
  fi
  echo "$language: $((SECONDS - start)) s to install and build"
done
node --import tsx --conditions=trunkline-source conformance/clients/run.ts "$@" || status=1
exit "$status"
