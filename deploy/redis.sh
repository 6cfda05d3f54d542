#!/bin/sh
# Redis reads its configuration from a pipe, so that the password stands in no argument list and in no file.
set -eu
password=$(cat /run/secrets/redis_password)
[ -n "$password" ] || { echo "secret redis_password is empty" >&2; exit 3; }
exec 3<<CONF
requirepass $password
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory ${REDIS_MAXMEMORY:-512mb}
maxmemory-policy volatile-lru
CONF
exec redis-server - <&3
