package io.knarr.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.DeleteRecordsResponse;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.ListCollectionsResponse;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An account and the model of what it holds: collections of records, each a value by id. Does random things and looks at every byte
 * that comes back. One thread.
 */
final class IsolatedAccount {
    private static final Pattern CANARY = Pattern.compile("canary<([^>]*)>");
    private static final List<String> COLLECTIONS = List.of("c", "c1", "c-");
    private static final int IDS = 20;
    private static final int DIMENSION = 4;

    private final String name;
    private final Caller caller;
    private final TreeMap<String, TreeMap<String, String>> model = new TreeMap<>();
    private boolean exists;
    private int writes;

    IsolatedAccount(String name, Caller caller) {
        this.name = name;
        this.caller = caller;
    }

    private String canary() {
        return "canary<" + name + ">";
    }

    /** Does one random thing. */
    void step(SplittableRandom random, List<IsolatedAccount> all) {
        String collection = COLLECTIONS.get(random.nextInt(COLLECTIONS.size()));
        int roll = random.nextInt(100);
        if (roll < 10) {
            createCollection(collection);
        } else if (roll < 45) {
            upsert(collection, random);
        } else if (roll < 55) {
            delete(collection, random);
        } else if (roll < 68) {
            get(collection, random);
        } else if (roll < 80) {
            search(collection, random);
        } else if (roll < 90) {
            searchForAnother(collection, all.get(random.nextInt(all.size())));
        } else if (roll < 94) {
            list(collection);
        } else if (roll < 96) {
            fail(collection);
        } else if (roll < 98) {
            deleteCollection(collection);
        } else if (roll < 99) {
            deleteAccount();
        } else {
            checkEverything();
        }
    }

    private void createCollection(String collection) {
        Message reply = call(
                () -> caller.collections(name).createCollection(Requests.create(collection, DIMENSION)),
                model.containsKey(collection) ? Status.Code.ALREADY_EXISTS : Status.Code.OK);
        if (reply != null) {
            exists = true;
            model.put(collection, new TreeMap<>());
        }
    }

    private void upsert(String collection, SplittableRandom random) {
        List<Record> records = new ArrayList<>();
        Map<String, String> values = new TreeMap<>();
        int size = 1 + random.nextInt(4);
        for (int i = 0; i < size; i++) {
            String id = id(random);
            String value = canary() + " write " + writes++;
            records.add(Requests.record(id, vector(random))
                    .putFields("value", Requests.text(value))
                    .putFields("owner", Requests.text(canary()))
                    .build());
            values.put(id, value);
        }
        Map<String, String> there = model.get(collection);
        Message reply = call(
                () -> caller.records(name).upsertRecords(Requests.upsert(collection, records.toArray(Record[]::new))),
                there == null ? Status.Code.NOT_FOUND : Status.Code.OK);
        exists = true; // a write makes the account, even one that then finds no collection
        if (reply != null && there != null) {
            there.putAll(values);
        }
    }

    private void delete(String collection, SplittableRandom random) {
        Map<String, String> there = model.get(collection);
        String id = id(random);
        DeleteRecordsResponse reply = call(
                () -> caller.records(name)
                        .deleteRecords(DeleteRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .addIds(Requests.id(id))
                                .build()),
                there == null ? Status.Code.NOT_FOUND : Status.Code.OK);
        if (reply != null && there != null) {
            assertThat(reply.getDeletedCount())
                    .as("%s deletes %s", name, id)
                    .isEqualTo(there.remove(id) == null ? 0 : 1);
        }
    }

    private void get(String collection, SplittableRandom random) {
        Map<String, String> there = model.get(collection);
        String id = id(random);
        GetRecordsResponse reply = call(
                () -> caller.records(name)
                        .getRecords(GetRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .addIds(Requests.id(id))
                                .build()),
                there == null ? Status.Code.NOT_FOUND : Status.Code.OK);
        if (reply != null && there != null) {
            String value = there.get(id);
            assertThat(reply.getRecordsList().stream().map(IsolatedAccount::value))
                    .as("%s gets %s", name, id)
                    .isEqualTo(value == null ? List.of() : List.of(value));
        }
    }

    private void search(String collection, SplittableRandom random) {
        Map<String, String> there = model.get(collection);
        SearchResponse reply = call(
                () -> caller.search(name)
                        .search(SearchRequest.newBuilder()
                                .setCollection(collection)
                                .setVector(Requests.vector(vector(random)))
                                .setLimit(IDS * 2)
                                .setExplain(true)
                                .build()),
                there == null ? Status.Code.NOT_FOUND : Status.Code.OK);
        if (reply != null && there != null) {
            assertThat(reply.getHitsList().stream().map(IsolatedAccount::value))
                    .as("%s searches", name)
                    .containsExactlyInAnyOrderElementsOf(there.values());
        }
    }

    /** Filters for what only another account has: finds it only where that account is this one. */
    private void searchForAnother(String collection, IsolatedAccount other) {
        Map<String, String> there = model.get(collection);
        SearchResponse reply = call(
                () -> caller.search(name)
                        .search(SearchRequest.newBuilder()
                                .setCollection(collection)
                                .setVector(Requests.vector(0, 0, 0, 0))
                                .setFilter(Requests.equal("owner", Requests.text(other.canary())))
                                .setLimit(IDS * 2)
                                .build()),
                there == null ? Status.Code.NOT_FOUND : Status.Code.OK);
        if (reply != null && there != null) {
            assertThat(reply.getHitsCount())
                    .as("%s searches for what %s has", name, other.name)
                    .isEqualTo(other == this ? there.size() : 0);
        }
    }

    private void list(String collection) {
        Map<String, String> there = model.get(collection);
        ListRecordsResponse reply = call(
                () -> caller.records(name)
                        .listRecords(ListRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .build()),
                there == null ? Status.Code.NOT_FOUND : Status.Code.OK);
        if (reply != null && there != null) {
            assertThat(reply.getRecordsList().stream().map(IsolatedAccount::value))
                    .as("%s lists %s", name, collection)
                    .containsExactlyInAnyOrderElementsOf(there.values());
        }
    }

    /** Calls that must fail, for the sake of their texts. */
    private void fail(String collection) {
        Status.Code code = model.containsKey(collection) ? Status.Code.INVALID_ARGUMENT : Status.Code.NOT_FOUND;
        call(
                () -> caller.search(name)
                        .search(SearchRequest.newBuilder()
                                .setCollection(collection)
                                .setVector(Requests.vector(1))
                                .build()),
                code);
        call(
                () -> caller.records(name)
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection("nowhere")
                                .build()),
                Status.Code.NOT_FOUND);
    }

    private void deleteCollection(String collection) {
        boolean there = model.containsKey(collection);
        Message reply = call(
                () -> caller.collections(name)
                        .deleteCollection(DeleteCollectionRequest.newBuilder()
                                .setName(collection)
                                .build()),
                there ? Status.Code.OK : Status.Code.NOT_FOUND);
        if (reply != null) {
            model.remove(collection);
        }
    }

    private void deleteAccount() {
        Message reply = call(
                () -> caller.accounts()
                        .deleteAccount(DeleteAccountRequest.newBuilder()
                                .setAccountId(name)
                                .build()),
                exists ? Status.Code.OK : Status.Code.NOT_FOUND);
        if (reply != null) {
            exists = false;
            model.clear();
        }
    }

    /** Compares everything the account holds with the model. */
    void checkEverything() {
        ListCollectionsResponse reply = call(
                () -> caller.collections(name).listCollections(ListCollectionsRequest.getDefaultInstance()),
                exists ? Status.Code.OK : Status.Code.NOT_FOUND);
        if (reply != null) {
            assertThat(reply.getCollectionsList().stream().map(io.knarr.v1.Collection::getName))
                    .as("collections of %s", name)
                    .containsExactlyElementsOf(model.keySet());
        }
        COLLECTIONS.forEach(this::list);
    }

    private static String id(SplittableRandom random) {
        return "id-" + random.nextInt(IDS);
    }

    private static float[] vector(SplittableRandom random) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextDouble();
        }
        return vector;
    }

    private static String value(Record record) {
        return record.getFieldsOrThrow("value").getStringValue();
    }

    private static String value(SearchHit hit) {
        return hit.getFieldsOrThrow("value").getStringValue();
    }

    /** Makes a call, expects its outcome, and looks for foreign secrets in whatever came back. Returns null if it failed. */
    private <T extends Message> @Nullable T call(Supplier<T> call, Status.Code expected) {
        try {
            T reply = call.get();
            inspect(reply.toByteString().toString(ISO_8859_1));
            assertThat(Status.Code.OK)
                    .as("outcome of a call of %s that succeeded", name)
                    .isEqualTo(expected);
            return reply;
        } catch (StatusRuntimeException e) {
            inspect(String.valueOf(e.getStatus().getDescription()));
            Metadata trailers = e.getTrailers();
            if (trailers != null) {
                for (String key : trailers.keys()) {
                    if (key.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                        byte[] value = trailers.get(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER));
                        inspect(value == null ? "" : new String(value, ISO_8859_1));
                    } else {
                        inspect(String.valueOf(trailers.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER))));
                    }
                }
            }
            assertThat(e.getStatus().getCode())
                    .as("outcome of a call of %s: %s", name, e.getStatus())
                    .isEqualTo(expected);
            return null;
        }
    }

    private void inspect(String bytes) {
        Matcher matcher = CANARY.matcher(bytes);
        while (matcher.find()) {
            assertThat(matcher.group(1)).as("whose secret %s is shown", name).isEqualTo(name);
        }
    }
}
