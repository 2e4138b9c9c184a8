package io.knarr.it;

import static io.knarr.it.BadCall.invalid;
import static io.knarr.it.Requests.bool;
import static io.knarr.it.Requests.id;
import static io.knarr.it.Requests.instant;
import static io.knarr.it.Requests.list;
import static io.knarr.it.Requests.number;
import static io.knarr.it.Requests.real;
import static io.knarr.it.Requests.text;
import static io.knarr.it.Requests.vector;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.Filter;
import io.knarr.v1.GeoPoint;
import io.knarr.v1.ListValue;
import io.knarr.v1.ObjectValue;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.Precondition;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordPatch;
import io.knarr.v1.UpsertMode;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/** Upserts and deletes that must be refused, on an account and a collection with the closed schema of {@link BadInputTest}. */
final class BadWrites {
    private static final String FIRST = "records[0]";

    private final String account;
    private final String collection;
    private final List<BadCall> calls = new ArrayList<>();

    private BadWrites(String account, String collection) {
        this.account = account;
        this.collection = collection;
    }

    static List<BadCall> calls(String account, String collection) {
        BadWrites writes = new BadWrites(account, collection);
        writes.vectors();
        writes.fields();
        writes.ids();
        writes.batches();
        writes.deletes();
        writes.conditions();
        writes.names();
        writes.patches();
        writes.expiries();
        return writes.calls;
    }

    /** Returns a record that is right. */
    static Record.Builder good() {
        return Record.newBuilder().setId(id("bad-input")).putVectors("main", vector(1, 2, 3, 4));
    }

    private void vectors() {
        String main = FIRST + ".vectors[\"main\"]";
        upsert("too few components", "DIMENSION_MISMATCH", main, good().putVectors("main", vector(1, 2, 3)));
        upsert("too many components", "DIMENSION_MISMATCH", main, good().putVectors("main", vector(1, 2, 3, 4, 5)));
        upsert("no components", "INVALID_FIELD", main + ".values", good().putVectors("main", vector()));
        upsert(
                "a component that is NaN",
                "NOT_FINITE",
                main + ".values[2]",
                good().putVectors("main", vector(1, 2, Float.NaN, 4)));
        upsert(
                "a component that is infinite",
                "NOT_FINITE",
                main + ".values[0]",
                good().putVectors("main", vector(Float.POSITIVE_INFINITY, 2, 3, 4)));
        upsert(
                "a component that is minus infinite",
                "NOT_FINITE",
                main + ".values[3]",
                good().putVectors("main", vector(1, 2, 3, Float.NEGATIVE_INFINITY)));
        upsert(
                "65,537 components",
                "LIMIT_EXCEEDED",
                main + ".values",
                good().putVectors("main", vector(new float[65_537])));
        upsert("no vectors", "INVALID_FIELD", FIRST + ".vectors", good().clearVectors());
        upsert(
                "a vector the schema does not have",
                "UNKNOWN_FIELD",
                FIRST + ".vectors[\"other\"]",
                good().putVectors("other", vector(1, 2, 3, 4)));
        upsert(
                "a vector's name with a space",
                "INVALID_FIELD",
                FIRST + ".vectors[\"ma in\"]",
                good().putVectors("ma in", vector(1, 2, 3, 4)));
        Record.Builder many = good();
        for (int i = 0; i < 16; i++) {
            many.putVectors("v" + i, vector(1));
        }
        upsert("17 vectors", "LIMIT_EXCEEDED", FIRST + ".vectors", many);
    }

    private static Value place(double longitude, double latitude) {
        return Value.newBuilder()
                .setGeoValue(GeoPoint.newBuilder().setLongitude(longitude).setLatitude(latitude))
                .build();
    }

    private static Value object(String name, Value value) {
        return Value.newBuilder()
                .setObjectValue(ObjectValue.newBuilder().putFields(name, value))
                .build();
    }

    private void fields() {
        field("a field the closed schema does not have", "UNKNOWN_FIELD", "colour", "", text("red"));
        field("an integer for text", "TYPE_MISMATCH", "color", "", number(7));
        field("text for an integer", "TYPE_MISMATCH", "size", "", text("7"));
        field("a fraction for an integer", "TYPE_MISMATCH", "size", "", real(7.5));
        field("text for a boolean", "TYPE_MISMATCH", "sold", "", text("true"));
        field("text for a timestamp", "TYPE_MISMATCH", "made", "", text("2026-01-01T00:00:00Z"));
        field("a boolean for a number", "TYPE_MISMATCH", "price", "", bool(true));
        field("a list for a single value", "TYPE_MISMATCH", "color", "", list(text("red")));
        field("a single value for a list", "TYPE_MISMATCH", "tags", "", text("red"));
        field("text that is no UUID", "TYPE_MISMATCH", "key", "", text("nobody"));
        field("text for a place", "TYPE_MISMATCH", "place", "", text("10,60"));
        field("a longitude of 181", "INVALID_FIELD", "place", ".geo_value.longitude", place(181, 0));
        field("a latitude of -91", "INVALID_FIELD", "place", ".geo_value.latitude", place(0, -91));
        field("a longitude that is none", "NOT_FINITE", "place", ".geo_value.longitude", place(Double.NaN, 0));
        field("a place for text", "TYPE_MISMATCH", "color", "", place(0, 0));
        field("a path without a slash", "TYPE_MISMATCH", "file", "", text("a/b"));
        field("a path that goes up", "TYPE_MISMATCH", "file", "", text("/a/../b"));
        field("a path too deep", "TYPE_MISMATCH", "file", "", text("/a".repeat(257)));
        field("an integer for words", "TYPE_MISMATCH", "body", "", number(1));
        field("an object for a list of them", "TYPE_MISMATCH", "items", "", object("size", number(1)));
        field("text for an object", "TYPE_MISMATCH", "items", "[0]", list(text("a")));
        field(
                "text for an integer within an object",
                "TYPE_MISMATCH",
                "items",
                "[0].object_value.fields[\"size\"]",
                list(object("size", text("1"))));
        field(
                "a field that an object does not have",
                "UNKNOWN_FIELD",
                "items",
                "[1].object_value.fields[\"weight\"]",
                list(object("size", number(1)), object("weight", number(1))));
        field("a NaN", "NOT_FINITE", "price", ".double_value", real(Double.NaN));
        field("an infinity", "NOT_FINITE", "price", ".double_value", real(Double.NEGATIVE_INFINITY));
        field("a value of no kind", "INVALID_FIELD", "color", "", Value.getDefaultInstance());
        field(
                "a null written as false",
                "INVALID_FIELD",
                "color",
                ".null_value",
                Value.newBuilder().setNullValue(false).build());
        field("a list of two kinds", "INVALID_FIELD", "tags", ".list_value.values[1]", list(text("red"), number(1)));
        field("a list in a list", "INVALID_FIELD", "tags", ".list_value.values[0]", list(list(text("red"))));
        field(
                "a null in a list",
                "INVALID_FIELD",
                "tags",
                ".list_value.values[1]",
                list(text("red"), Value.newBuilder().setNullValue(true).build()));
        field("the year 10,000", "INVALID_FIELD", "made", ".timestamp_value.seconds", instant(253_402_300_800L, 0));
        field("the year 0", "INVALID_FIELD", "made", ".timestamp_value.seconds", instant(-62_135_596_801L, 0));
        field("negative nanoseconds", "INVALID_FIELD", "made", ".timestamp_value.nanos", instant(0, -1));
        field("a field's name with a dot", "INVALID_FIELD", "a.b", "", text("red"));
        field("an empty field's name", "INVALID_FIELD", "", "", text("red"));
        upsert(
                "more than 1 MiB of fields",
                "LIMIT_EXCEEDED",
                FIRST + ".fields",
                good().putFields("color", text("x".repeat(1 << 20))));
        Value deep = text("red");
        for (int i = 0; i < 17; i++) {
            deep = Value.newBuilder()
                    .setObjectValue(ObjectValue.newBuilder().putFields("in", deep))
                    .build();
        }
        upsert(
                "17 levels of values",
                "LIMIT_EXCEEDED",
                FIRST + ".fields[\"open\"]" + ".object_value.fields[\"in\"]".repeat(16) + ".object_value",
                good().putFields("open", deep));
    }

    private void ids() {
        upsert("an empty id", "INVALID_FIELD", FIRST + ".id.string_id", good().setId(id("")));
        upsert("an id of 513 bytes", "LIMIT_EXCEEDED", FIRST + ".id.string_id", good().setId(id("x".repeat(513))));
        upsert("an id of no kind", "INVALID_FIELD", FIRST + ".id", good().setId(RecordId.getDefaultInstance()));
        upsert(
                "a UUID that is none",
                "INVALID_FIELD",
                FIRST + ".id.uuid",
                good().setId(RecordId.newBuilder().setUuid("not-a-uuid")));
        upsert(
                "a UUID in braces",
                "INVALID_FIELD",
                FIRST + ".id.uuid",
                good().setId(RecordId.newBuilder().setUuid("{" + new UUID(1, 2) + "}")));
    }

    private void batches() {
        calls.add(
                invalid("upsert: no records", "INVALID_FIELD", "records", caller -> send(caller, request(List.of()))));
        calls.add(invalid(
                "upsert: the second of two is wrong",
                "NOT_FINITE",
                "records[1].vectors[\"main\"].values[0]",
                caller -> send(
                        caller,
                        request(List.of(
                                good().setId(id("would-be-new")).build(),
                                good().putVectors("main", vector(Float.NaN, 0, 0, 0))
                                        .build())))));
        calls.add(invalid(
                "upsert: the last of two does not fit the schema",
                "DIMENSION_MISMATCH",
                "records[1].vectors[\"main\"]",
                caller -> send(
                        caller,
                        request(List.of(
                                good().setId(id("would-be-new")).build(),
                                good().putVectors("main", vector(1)).build())))));
        calls.add(invalid(
                "upsert: 10,001 records",
                "LIMIT_EXCEEDED",
                "records",
                caller -> send(caller, request(Collections.nCopies(10_001, good().build())))));
        calls.add(invalid(
                "upsert: a collection's name with a slash",
                "INVALID_FIELD",
                "collection",
                caller -> send(
                        caller,
                        request(List.of(good().build())).toBuilder()
                                .setCollection("a/b")
                                .build())));
        calls.add(invalid(
                "upsert: a collection incarnation that is no UUID",
                "INVALID_FIELD",
                "collection_incarnation",
                caller -> send(
                        caller,
                        request(List.of(good().build())).toBuilder()
                                .setCollectionIncarnation("yesterday")
                                .build())));
        calls.add(new BadCall(
                "upsert: another life of the collection",
                caller -> send(
                        caller,
                        request(List.of(good().build())).toBuilder()
                                .setCollectionIncarnation(new UUID(1, 2).toString())
                                .build()),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                "collection_incarnation"));
        calls.add(new BadCall(
                "upsert: a collection that does not exist",
                caller -> send(
                        caller,
                        request(List.of(good().build())).toBuilder()
                                .setCollection("nowhere")
                                .build()),
                Status.Code.NOT_FOUND,
                "COLLECTION_NOT_FOUND",
                ""));
    }

    private void deletes() {
        delete("no ids", "INVALID_FIELD", "ids", List.of());
        delete("an id of no kind", "INVALID_FIELD", "ids[1]", List.of(id("kept-1"), RecordId.getDefaultInstance()));
        delete("an empty id", "INVALID_FIELD", "ids[0].string_id", List.of(id("")));
        delete("10,001 ids", "LIMIT_EXCEEDED", "ids", Collections.nCopies(10_001, id("kept-1")));
        calls.add(new BadCall(
                "delete: another life of the collection",
                caller -> caller.records(account)
                        .deleteRecords(DeleteRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .setCollectionIncarnation(new UUID(1, 2).toString())
                                .addIds(id("kept-1"))
                                .build()),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                "collection_incarnation"));
    }

    private void conditions() {
        condition("of no id", "INVALID_FIELD", "id", Precondition.newBuilder().setVersion(1));
        condition("of nothing", "INVALID_FIELD", "", kept());
        condition("version 0", "INVALID_FIELD", "version", kept().setVersion(0));
        condition("a negative version", "INVALID_FIELD", "version", kept().setVersion(-1));
        condition(
                "neither there nor of a version",
                "INVALID_FIELD",
                "exists",
                kept().setVersion(1).setExists(false));
        condition("an empty filter", "INVALID_FILTER", "filter", kept().setFilter(Filter.getDefaultInstance()));
        condition(
                "a filter of another type",
                "TYPE_MISMATCH",
                "filter.equal.values",
                kept().setFilter(Requests.equal("size", text("large"))));
        condition(
                "a filter on a field that the schema does not have",
                "UNKNOWN_FIELD",
                "filter.exists.field",
                kept().setFilter(Requests.exists("weight")));
        calls.add(invalid(
                "conditions: 10,001 of them",
                "LIMIT_EXCEEDED",
                "preconditions",
                caller -> send(
                        caller,
                        request(List.of(good().build())).toBuilder()
                                .addAllPreconditions(Collections.nCopies(
                                        10_001, kept().setVersion(1).build()))
                                .build())));
        violated("another version", Status.Code.ABORTED, "VERSION_MISMATCH", "version", kept().setVersion(99));
        violated("exists", Status.Code.FAILED_PRECONDITION, "PRECONDITION_FAILED", "exists", kept().setExists(false));
        violated(
                "does not match",
                Status.Code.FAILED_PRECONDITION,
                "PRECONDITION_FAILED",
                "filter",
                kept().setFilter(Requests.equal("color", text("blue"))));
        calls.add(new BadCall(
                "upsert: insert only, of an id that exists",
                caller -> send(
                        caller,
                        request(List.of(good().setId(id("kept-1")).build())).toBuilder()
                                .setMode(UpsertMode.UPSERT_MODE_INSERT_ONLY)
                                .build()),
                Status.Code.ALREADY_EXISTS,
                "RECORD_EXISTS",
                FIRST + ".id"));
        calls.add(new BadCall(
                "upsert: update only, of an id that does not exist",
                caller -> send(
                        caller,
                        request(List.of(good().build())).toBuilder()
                                .setMode(UpsertMode.UPSERT_MODE_UPDATE_ONLY)
                                .build()),
                Status.Code.NOT_FOUND,
                "RECORD_NOT_FOUND",
                FIRST + ".id"));
        calls.add(invalid(
                "upsert: a mode that nobody knows",
                "INVALID_FIELD",
                "mode",
                caller -> send(
                        caller,
                        request(List.of(good().build())).toBuilder()
                                .setModeValue(9)
                                .build())));
    }

    private void names() {
        for (String id :
                List.of("again", "0", "12345678-1234-1234-1234-1234567890123", "12345678123412341234123456789012")) {
            calls.add(invalid(
                    "upsert: the request id " + id,
                    "INVALID_FIELD",
                    "request_id",
                    caller -> send(
                            caller,
                            request(List.of(good().build())).toBuilder()
                                    .setRequestId(id)
                                    .build())));
        }
    }

    private void patches() {
        patch("no change", "INVALID_FIELD", "", keptPatch());
        patch("no id", "INVALID_FIELD", ".id", RecordPatch.newBuilder().addUnset("size"));
        patch(
                "a field that is no name",
                "INVALID_FIELD",
                ".set[\"a b\"]",
                keptPatch().putSet("a b", number(1)));
        patch(
                "a field that ends in a dot",
                "INVALID_FIELD",
                ".unset[0]",
                keptPatch().addUnset("size."));
        patch(
                "a field changed twice",
                "INVALID_FIELD",
                ".increment[\"size\"]",
                keptPatch().putSet("size", number(1)).putIncrement("size", number(1)));
        patch(
                "a field changed within another",
                "INVALID_FIELD",
                ".unset[1]",
                keptPatch().addUnset("size").addUnset("size.x"));
        patch(
                "a value of no kind",
                "INVALID_FIELD",
                ".set[\"size\"]",
                keptPatch().putSet("size", Value.getDefaultInstance()));
        patch(
                "text added to a number",
                "INVALID_FIELD",
                ".increment[\"size\"]",
                keptPatch().putIncrement("size", text("1")));
        patch(
                "a number added that is not finite",
                "NOT_FINITE",
                ".increment[\"price\"].double_value",
                keptPatch().putIncrement("price", real(Double.NaN)));
        patch(
                "nothing appended",
                "INVALID_FIELD",
                ".append[\"tags\"]",
                keptPatch().putAppend("tags", ListValue.getDefaultInstance()));
        patch(
                "something appended to what is no list",
                "TYPE_MISMATCH",
                ".append[\"color\"]",
                keptPatch()
                        .putAppend(
                                "color",
                                ListValue.newBuilder().addValues(text("x")).build()));
        patch(
                "text in a number's field",
                "TYPE_MISMATCH",
                ".fields[\"size\"]",
                keptPatch().putSet("size", text("x")));
        patch(
                "a field that the schema does not have",
                "UNKNOWN_FIELD",
                ".fields[\"weight\"]",
                keptPatch().putSet("weight", number(1)));
        patch(
                "a vector of another dimension",
                "DIMENSION_MISMATCH",
                ".vectors[\"main\"]",
                keptPatch().putVectors("main", vector(1, 2)));
        patch(
                "the last vector taken away",
                "INVALID_FIELD",
                ".vectors",
                keptPatch().addRemoveVectors("main"));
        patch(
                "a vector that the schema does not have, taken away",
                "UNKNOWN_FIELD",
                ".remove_vectors",
                keptPatch().addRemoveVectors("other"));
        patch(
                "a vector put and taken away",
                "INVALID_FIELD",
                ".remove_vectors[0]",
                keptPatch().putVectors("main", vector(1, 2, 3, 4)).addRemoveVectors("main"));
        patch(
                "a time to expire put and taken away",
                "INVALID_FIELD",
                ".clear_expire_time",
                keptPatch()
                        .setClearExpireTime(true)
                        .setExpireTime(Timestamp.newBuilder().setSeconds(1)));
        patched(
                "a record that does not exist",
                Status.Code.NOT_FOUND,
                "RECORD_NOT_FOUND",
                ".id",
                RecordPatch.newBuilder().setId(id("nobody")).addUnset("size"));
        patched(
                "a sum that does not fit",
                Status.Code.FAILED_PRECONDITION,
                "NUMBER_OVERFLOW",
                ".increment[\"size\"]",
                keptPatch().putIncrement("size", number(Long.MAX_VALUE)));
    }

    private static RecordPatch.Builder keptPatch() {
        return RecordPatch.newBuilder().setId(id("kept-1"));
    }

    private void patch(String name, String reason, String field, RecordPatch.Builder patch) {
        patched(name, Status.Code.INVALID_ARGUMENT, reason, field, patch);
    }

    private void patched(String name, Status.Code code, String reason, String field, RecordPatch.Builder patch) {
        calls.add(new BadCall(
                "patch: " + name,
                caller -> caller.records(account)
                        .patchRecords(PatchRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .addPatches(patch)
                                .build()),
                code,
                reason,
                "patches[0]" + field));
    }

    private void expiries() {
        upsert(
                "a time to expire after the year 9999",
                "INVALID_FIELD",
                FIRST + ".expire_time.seconds",
                good().setExpireTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE)));
        upsert(
                "a time to expire with too many nanoseconds",
                "INVALID_FIELD",
                FIRST + ".expire_time.nanos",
                good().setExpireTime(Timestamp.newBuilder().setNanos(1_000_000_000)));
        calls.add(invalid("delete: ids and a filter", "INVALID_FIELD", "filter", caller -> caller.records(account)
                .deleteRecords(DeleteRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .addIds(id("kept-1"))
                        .setFilter(Requests.exists("size"))
                        .build())));
        calls.add(invalid(
                "delete: a name for what writes nothing", "INVALID_FIELD", "request_id", caller -> caller.records(
                                account)
                        .deleteRecords(DeleteRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .addIds(id("kept-1"))
                                .setValidateOnly(true)
                                .setRequestId(new UUID(1, 2).toString())
                                .build())));
        calls.add(invalid(
                "delete: a filter on a field that the schema does not have",
                "UNKNOWN_FIELD",
                "filter.exists.field",
                caller -> caller.records(account)
                        .deleteRecords(DeleteRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .setFilter(Requests.exists("weight"))
                                .build())));
    }

    private static Precondition.Builder kept() {
        return Precondition.newBuilder().setId(id("kept-1"));
    }

    private void condition(String name, String reason, String field, Precondition.Builder condition) {
        String path = "preconditions[0]" + (field.isEmpty() ? "" : "." + field);
        calls.add(invalid("conditions: " + name, reason, path, caller -> sendWith(caller, condition)));
    }

    private void violated(String name, Status.Code code, String reason, String field, Precondition.Builder condition) {
        calls.add(new BadCall(
                "conditions: violated, " + name,
                caller -> sendWith(caller, condition),
                code,
                reason,
                "preconditions[0]." + field));
    }

    private void sendWith(Caller caller, Precondition.Builder condition) {
        caller.records(account)
                .deleteRecords(DeleteRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .addIds(id("kept-1"))
                        .addPreconditions(condition)
                        .build());
    }

    private void delete(String name, String reason, String field, List<RecordId> ids) {
        calls.add(invalid("delete: " + name, reason, field, caller -> caller.records(account)
                .deleteRecords(DeleteRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .addAllIds(ids)
                        .build())));
    }

    private void field(String name, String reason, String field, String below, Value value) {
        upsert("fields: " + name, reason, FIRST + ".fields[\"" + field + "\"]" + below, good().putFields(field, value));
    }

    private void upsert(String name, String reason, String field, Record.Builder record) {
        UpsertRecordsRequest request = request(List.of(record.build()));
        calls.add(invalid("upsert: " + name, reason, field, caller -> send(caller, request)));
    }

    private UpsertRecordsRequest request(List<Record> records) {
        return UpsertRecordsRequest.newBuilder()
                .setCollection(collection)
                .addAllRecords(records)
                .build();
    }

    private void send(Caller caller, UpsertRecordsRequest request) {
        caller.records(account).upsertRecords(request);
    }
}
