#!/bin/sh
# Lists the images that are in use, for: regsweep sweep --keep-digests FILE
#
#   in-use.sh [-o FILE] [kubernetes | docker | podman | swarm | compose FILE...]...
#
# Without arguments: Kubernetes, Docker and Podman, each if its client is installed and answers.
# FILE is replaced only when the list is complete. Any failure ends the script with an error and
# leaves FILE unchanged, since an incomplete list would let regsweep remove images that are in use.
set -eu

die() {
  echo "in-use.sh: $*" >&2
  exit 1
}

# Saves a command's output, or ends the script. A pipe would hide the command's failure.
save() {
  "$@" >"$list.raw" || die "$1: the list could not be made"
}

# Prints the values of keys in the saved JSON, one a line.
values_of() {
  tr -d '\n' <"$list.raw" |
    grep -Eo "\"($1)\"[[:space:]]*:[[:space:]]*\"[^\"]+\"" |
    sed -E 's/^"[^"]*"[[:space:]]*:[[:space:]]*"//; s/"$//' || true
}

# Running pods, and everything that would run after scaling up or a restart.
kubernetes() {
  save kubectl get pods,deployments,statefulsets,daemonsets,replicasets,jobs,cronjobs -A -o json
  values_of 'image|imageID'
}

# Includes stopped containers, which may be started again.
docker_list() {
  save docker ps -aq --no-trunc
  [ -s "$list.raw" ] || return 0
  ids=$(cat "$list.raw")
  # shellcheck disable=SC2086
  save docker inspect --format '{{.Config.Image}} {{.Image}}' $ids
  tr ' ' '\n' <"$list.raw"
  digests_of docker
}

# The digests that the images were pulled by: of an index its own, which the image's ID doesn't tell.
# A container may outlive its image. The image's ID is already in the list.
digests_of() {
  images=$(sed 's/.* //' "$list.raw" | sort -u)
  [ -n "$images" ] || return 0
  # shellcheck disable=SC2086
  "$1" image inspect --format '{{range .RepoDigests}}{{.}}{{"\n"}}{{end}}' $images 2>/dev/null || true
}

podman_list() {
  save podman ps -a --no-trunc --format '{{.Image}} {{.ImageID}}'
  sed 's/ sha256:/ /; s/ / sha256:/' "$list.raw" | tr ' ' '\n'
  digests_of podman
}

# The image of each service, and the one for a rollback.
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
      [ $# -gt 1 ] || die "compose: give its file"
      [ -r "$2" ] || die "compose: $2 can't be read"
      part "compose $2" compose "$2"
      shift ;;
    *) die "unknown word $1; give kubernetes, docker, podman, swarm or compose FILE" ;;
  esac
  shift
done

grep -q '^[^#[:space:]]' "$list" || die "no images in use were found"
if [ -n "$out" ]; then mv "$list" "$out"; else cat "$list"; fi
