#!/bin/sh
# First start of the database: the application's own role (no superuser), its database, and the extensions in the
# template too, so that nobody else ever needs superuser rights.
set -eu
word=$(cat /run/secrets/database_password)
export GRID_WORD="$word"
psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\set word `printenv GRID_WORD`
CREATE ROLE grid LOGIN CREATEDB PASSWORD :'word';
SQL
for extension in postgis pg_trgm btree_gist; do
    psql -v ON_ERROR_STOP=1 --username postgres --dbname template1 -c "CREATE EXTENSION IF NOT EXISTS $extension"
done
psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres -c "CREATE DATABASE grid OWNER grid TEMPLATE template1"
