#!/bin/sh
# Lists the images that run somewhere, for: regsweep sweep --keep-digests FILE
#
#   in-use.sh [-o FILE] [kubernetes | docker | podman | swarm | compose FILE...]...
#
# Without a word: Kubernetes, Docker and Podman, each where its client is installed and answers.
# FILE is only replaced once the whole list is there. Anything that fails ends it with an error and
# leaves FILE as it is: a list that is cut short would let images go that run.
set -eu

die() {
  echo "in-use.sh: $*" >&2
  exit 1
}

# Keeps what a command prints, or ends: a pipe would hide that it failed.
save() {
  "$@" >"$list.raw" || die "$1: the list could not be made"
}

# Values of keys in the JSON that was saved, one a line.
values_of() {
  tr -d '\n' <"$list.raw" |
    grep -Eo "\"($1)\"[[:space:]]*:[[:space:]]*\"[^\"]+\"" |
    sed -E 's/^"[^"]*"[[:space:]]*:[[:space:]]*"//; s/"$//' || true
}

# What runs, and what will run as soon as something is scaled or started again.
kubernetes() {
  save kubectl get pods,deployments,statefulsets,daemonsets,replicasets,jobs,cronjobs -A -o json
  values_of 'image|imageID'
}

# Stopped containers, too: they may be started again.
docker_list() {
  save docker ps -aq --no-trunc
  [ -s "$list.raw" ] || return 0
  ids=$(cat "$list.raw")
  # shellcheck disable=SC2086
  save docker inspect --format '{{.Config.Image}} {{.Image}}' $ids
  tr ' ' '\n' <"$list.raw"
  images=$(sed 's/.* //' "$list.raw" | sort -u)
  # An image may be gone while its container is there; its ID is in the list already.
  # shellcheck disable=SC2086
  docker image inspect --format '{{range .RepoDigests}}{{.}}{{"\n"}}{{end}}' $images 2>/dev/null || true
}

podman_list() {
  save podman ps -a --no-trunc --format '{{.Image}} {{.ImageID}}'
  sed 's/ sha256:/ /; s/ / sha256:/' "$list.raw" | tr ' ' '\n'
}

# The image of each service, and the one that it goes back to.
swarm() {
  save docker service ls -q
  [ -s "$list.raw" ] || return 0
  ids=$(cat "$list.raw")
  # shellcheck disable=SC2086
  save docker service inspect $ids
  values_of Image
}

compose() {
  save docker compose -f "$1" config --images
  cat "$list.raw"
}

answers() {
  command -v "$1" >/dev/null 2>&1 && "$@" >/dev/null 2>&1
}

out=
[ "${1:-}" = -o ] && { out=${2:?in-use.sh: -o needs a file}; shift 2; }
if [ $# -eq 0 ]; then
  answers kubectl get --raw /readyz && set -- "$@" kubernetes
  answers docker version && set -- "$@" docker
  answers podman version && set -- "$@" podman
  [ $# -gt 0 ] || die "neither kubectl nor docker nor podman answers"
fi

if [ -n "$out" ]; then list=$(mktemp "$out.XXXXXX"); else list=$(mktemp); fi
trap 'rm -f "$list" "$list.part" "$list.raw"' EXIT

part() {
  what=$1
  shift
  "$@" >"$list.part"
  { echo "# $what"; cat "$list.part"; } >>"$list"
}

while [ $# -gt 0 ]; do
  case $1 in
    kubernetes)
      command -v kubectl >/dev/null || die "kubectl is not installed"
      part kubernetes kubernetes ;;
    docker) part docker docker_list ;;
    podman) part podman podman_list ;;
    swarm)
      part swarm swarm ;;
    compose)
      [ $# -gt 1 ] || die "compose: name its file"
      [ -r "$2" ] || die "compose: $2 can't be read"
      part "compose $2" compose "$2"
      shift ;;
    *) die "$1 is not known: kubernetes, docker, podman, swarm, compose FILE" ;;
  esac
  shift
done

grep -q '^[^#[:space:]]' "$list" || die "nothing runs, or nothing could be seen"
if [ -n "$out" ]; then mv "$list" "$out"; else cat "$list"; fi
