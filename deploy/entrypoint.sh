#!/bin/sh
# Runs one process of the platform: addresses and keys come from secret files, never from the compose file.
set -eu

secret() {
    [ -s "/run/secrets/$1" ] || { echo "secret $1 is missing; make it with: ./grid secrets deploy/secrets" >&2; exit 3; }
    cat "/run/secrets/$1"
}

GRID_SECRETS=/run/secrets
DATABASE_URL="postgresql://grid:$(secret database_password)@${DATABASE_HOST}:5432/grid"
REDIS_URL="redis://:$(secret redis_password)@${REDIS_HOST}:6379/0"
HOME=/tmp
export GRID_SECRETS DATABASE_URL REDIS_URL HOME

case "$1" in
setup)
    python -m django migrate --no-input
    python -m django sqlobjects
    python -m django catalogue
    python -m django supervisionrules
    python -m django messagetemplates
    exec python -m django collectstatic --no-input --clear --verbosity 0
    ;;
manage)
    shift
    exec python -m django "$@"
    ;;
health)
    shift
    exec python deploy/health.py "$@"
    ;;
web | feed | worker | bulk | scheduler)
    exec python -m gridmgmt.ops.image "$1"
    ;;
*)
    echo "unknown process: $1 (setup, web, feed, worker, bulk, scheduler, manage …)" >&2
    exit 2
    ;;
esac
