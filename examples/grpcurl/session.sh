#!/usr/bin/env bash
# A session with a Knarr server from the command line: create a collection, write, search, read, count, delete.
#
#   ADDR=127.0.0.1:6334 examples/grpcurl/session.sh
#
# ADDR     the server's gRPC address (127.0.0.1:6334)
# ACCOUNT  the account to act on (grpcurl-example)
# GRPCURL  the program to call (grpcurl)
#
# The server describes itself, so grpcurl needs no .proto files. Every answer is checked; the first that is not the expected one ends
# the session with exit code 1. It may run again: what it makes, it deletes.
set -euo pipefail

ADDR=${ADDR:-127.0.0.1:6334}
ACCOUNT=${ACCOUNT:-grpcurl-example}
GRPCURL=${GRPCURL:-grpcurl}

# call METHOD JSON: prints the request, makes the call, keeps the reply in $reply.
call() {
    echo "> knarr.v1.$1 $2"
    reply=$("$GRPCURL" -plaintext -emit-defaults -H "x-account-id: $ACCOUNT" -d "$2" "$ADDR" "knarr.v1.$1")
    echo "$reply"
}

# expect TEXT: the reply, without its white space, holds that text.
expect() {
    if [[ "$(tr -d '[:space:]' <<<"$reply")" != *"$1"* ]]; then
        echo "MISMATCH: the reply does not hold $1" >&2
        exit 1
    fi
}

# What does the server offer?
"$GRPCURL" -plaintext "$ADDR" list
call ServerService/GetServerInfo '{}'
expect "\"account_id\":\"$ACCOUNT\""

# Leftovers of a session that was broken off.
call CollectionService/DeleteCollection '{"name": "books", "allow_missing": true}'

# A collection of three-dimensional vectors, compared by their angle.
call CollectionService/CreateCollection '{
  "name": "books",
  "schema": {
    "vectors": [{"name": "default", "dimension": 3, "metric": "METRIC_COSINE"}],
    "fields": [{"name": "year", "type": "FIELD_TYPE_INT64"}]
  }
}'
expect '"name":"books"'

# Two records. When the call returns they are durable, and every read sees them.
call RecordService/UpsertRecords '{
  "collection": "books",
  "records": [
    {
      "id": {"string_id": "moby-dick"},
      "fields": {"title": {"string_value": "Moby-Dick"}, "year": {"int64_value": "1851"}},
      "vectors": {"default": {"values": [0.9, 0.1, 0.0]}}
    },
    {
      "id": {"string_id": "walden"},
      "fields": {"title": {"string_value": "Walden"}, "year": {"int64_value": "1854"}},
      "vectors": {"default": {"values": [0.1, 0.9, 0.0]}}
    }
  ]
}'
expect '"created":true'

# The records nearest to a vector, nearest first.
call SearchService/Search '{"collection": "books", "vector": {"values": [1, 0, 0]}, "limit": 2}'
expect '"hits":[{"id":{"string_id":"moby-dick"}'
expect '"answer_kind":"ANSWER_KIND_EXACT"'

# The same among the books of 1852 and later only.
call SearchService/Search '{
  "collection": "books",
  "vector": {"values": [1, 0, 0]},
  "filter": {"range": {"field": "year", "gte": {"int64_value": "1852"}}}
}'
expect '"hits":[{"id":{"string_id":"walden"}'

# By id. What is missing is listed, not left out.
call RecordService/GetRecords '{
  "collection": "books",
  "ids": [{"string_id": "walden"}, {"string_id": "emma"}],
  "vectors": {"all": true}
}'
expect '"string_value":"Walden"'
expect '"missing_ids":[{"string_id":"emma"}]'

call RecordService/CountRecords '{"collection": "books"}'
expect '"count":"2"'

call RecordService/DeleteRecords '{"collection": "books", "ids": [{"string_id": "walden"}]}'
expect '"deleted_count":"1"'

call RecordService/CountRecords '{"collection": "books"}'
expect '"count":"1"'

call CollectionService/DeleteCollection '{"name": "books"}'
expect '"deleted":true'

echo "OK"
