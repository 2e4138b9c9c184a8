#!/usr/bin/env python3
"""Knarr from Python, on plain gRPC stubs: create a collection, write, search with a filter, read an error.

    pip install -r examples/python/requirements.txt
    python examples/python/quickstart.py 127.0.0.1:6334

The stubs are generated from the .proto files at the first run, into examples/python/build. Every answer is checked: the program exits
with 1 at the first that is not the expected one. It may run again: what it makes, it deletes.
"""

import os
import pathlib
import sys

import grpc
import grpc_tools
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto" / "src" / "main" / "proto"
BUILD = pathlib.Path(os.environ.get("KNARR_STUBS", HERE / "build"))


def generate_stubs():
    """Generates the Python code of knarr.v1 into BUILD and makes it importable."""
    BUILD.mkdir(parents=True, exist_ok=True)
    sources = sorted(str(path) for path in PROTO.glob("knarr/v1/*.proto"))
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    arguments = [
        "protoc",
        f"-I{PROTO}",
        f"-I{well_known}",
        f"--python_out={BUILD}",
        f"--grpc_python_out={BUILD}",
    ]
    if protoc.main(arguments + sources) != 0:
        sys.exit("The stubs could not be generated")
    sys.path.insert(0, str(BUILD))


def check(what, actual, expected):
    print(f"{what}: {actual}")
    if actual != expected:
        sys.exit(f"MISMATCH: {what} is {actual!r}, expected {expected!r}")


def error_of(error):
    """Returns the reason and the field path that a failed call carries."""
    reason, field = "", ""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == "knarr":
            reason = info.reason
        bad_request = error_details_pb2.BadRequest()
        if detail.Unpack(bad_request) and bad_request.field_violations:
            field = bad_request.field_violations[0].field
    return reason, field


def main(address):
    generate_stubs()
    from knarr.v1 import (
        collection_pb2,
        collection_pb2_grpc,
        filter_pb2,
        record_pb2,
        record_pb2_grpc,
        search_pb2,
        search_pb2_grpc,
        value_pb2,
    )

    def text(value):
        return value_pb2.Value(string_value=value)

    def integer(value):
        return value_pb2.Value(int64_value=value)

    # The account a call acts on travels as metadata, never in a request.
    metadata = (("x-account-id", "python-example"),)
    options = {"metadata": metadata, "timeout": 30}

    with grpc.insecure_channel(address) as channel:
        collections = collection_pb2_grpc.CollectionServiceStub(channel)
        records = record_pb2_grpc.RecordServiceStub(channel)
        searches = search_pb2_grpc.SearchServiceStub(channel)

        collections.DeleteCollection(
            collection_pb2.DeleteCollectionRequest(name="books", allow_missing=True), **options
        )
        created = collections.CreateCollection(
            collection_pb2.CreateCollectionRequest(
                name="books",
                schema=collection_pb2.Schema(
                    vectors=[
                        collection_pb2.VectorSpec(
                            name="default", dimension=3, metric=collection_pb2.METRIC_COSINE
                        )
                    ],
                    fields=[
                        collection_pb2.FieldSpec(name="year", type=collection_pb2.FIELD_TYPE_INT64)
                    ],
                ),
            ),
            **options,
        )
        check("created", created.collection.name, "books")

        def book(name, title, year, vector):
            return record_pb2.Record(
                id=value_pb2.RecordId(string_id=name),
                fields={"title": text(title), "year": integer(year)},
                vectors={"default": value_pb2.Vector(values=vector)},
            )

        written = records.UpsertRecords(
            record_pb2.UpsertRecordsRequest(
                collection="books",
                records=[
                    book("moby-dick", "Moby-Dick", 1851, [0.9, 0.1, 0.0]),
                    book("walden", "Walden", 1854, [0.1, 0.9, 0.0]),
                ],
            ),
            **options,
        )
        check("written", [result.created for result in written.results], [True, True])

        nearest = searches.Search(
            search_pb2.SearchRequest(
                collection="books", vector=value_pb2.Vector(values=[1, 0, 0]), limit=2
            ),
            **options,
        )
        check("nearest", [hit.id.string_id for hit in nearest.hits], ["moby-dick", "walden"])

        later = filter_pb2.Filter(range=filter_pb2.RangeFilter(field="year", gte=integer(1852)))
        filtered = searches.Search(
            search_pb2.SearchRequest(
                collection="books", vector=value_pb2.Vector(values=[1, 0, 0]), filter=later
            ),
            **options,
        )
        check("since 1852", [hit.fields["title"].string_value for hit in filtered.hits], ["Walden"])

        # Two components where the collection has three: refused, with a reason that a program can read.
        try:
            searches.Search(
                search_pb2.SearchRequest(
                    collection="books", vector=value_pb2.Vector(values=[1, 0])
                ),
                **options,
            )
            sys.exit("MISMATCH: a vector of another dimension was accepted")
        except grpc.RpcError as error:
            reason, field = error_of(error)
            check("refused with", error.code(), grpc.StatusCode.INVALID_ARGUMENT)
            check("reason", reason, "DIMENSION_MISMATCH")
            print(f"field: {field}")

        deleted = collections.DeleteCollection(
            collection_pb2.DeleteCollectionRequest(name="books"), **options
        )
        check("deleted", deleted.deleted, True)
    print("OK")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ADDR", "127.0.0.1:6334"))
