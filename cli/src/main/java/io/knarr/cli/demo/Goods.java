package io.knarr.cli.demo;

import io.knarr.cli.call.Connection;
import io.knarr.cli.call.RecordWriter;
import io.knarr.cli.text.TextEmbedder;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.List;

/** What one trader has on board: a collection of dictionary entries in its own account. Every call acts on that account. */
final class Goods implements AutoCloseable {
    static final String WORD = "word";
    static final String MEANING = "meaning";
    static final String ACCOUNT = "account";

    private static final String COLLECTION = "glosses";
    private static final int BATCH_SIZE = 500;
    private static final int ANSWERS = 3;
    private static final int PAGE_SIZE = 1_000;

    private final Trader trader;
    private final Connection connection;

    /** Connects to the server at {@code address} as the trader's account. */
    Goods(Trader trader, String address) {
        this.trader = trader;
        this.connection = Connection.open(address, trader.account());
    }

    Trader trader() {
        return trader;
    }

    void create() {
        var _ = connection
                .accounts()
                .createAccount(CreateAccountRequest.newBuilder()
                        .setAccountId(trader.account())
                        .build());
        Schema.Builder schema = Schema.newBuilder()
                .addVectors(VectorSpec.newBuilder()
                        .setDimension(TextEmbedder.DIMENSION)
                        .setMetric(Metric.METRIC_COSINE));
        for (String field : List.of(WORD, MEANING, ACCOUNT)) {
            schema.addFields(FieldSpec.newBuilder().setName(field).setType(FieldType.FIELD_TYPE_STRING));
        }
        var _ = connection
                .collections()
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(COLLECTION)
                        .setSchema(schema)
                        .build());
    }

    /** Writes the entries with their vectors; when it returns, they are durable. */
    void store(List<Gloss> glosses, List<float[]> vectors) {
        RecordWriter writer = new RecordWriter(connection, COLLECTION, BATCH_SIZE);
        for (int i = 0; i < glosses.size(); i++) {
            Gloss gloss = glosses.get(i);
            writer.write(Record.newBuilder()
                    .setId(id(gloss.id()))
                    .putFields(WORD, text(gloss.words().getFirst()))
                    .putFields(MEANING, text(gloss.meaning()))
                    .putFields(ACCOUNT, text(trader.account()))
                    .putVectors("default", vector(vectors.get(i)))
                    .build());
        }
        writer.flush();
    }

    private static RecordId id(String id) {
        return RecordId.newBuilder().setStringId(id).build();
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    private static Vector vector(float[] components) {
        Vector.Builder vector = Vector.newBuilder();
        for (float component : components) {
            vector.addValues(component);
        }
        return vector.build();
    }

    /** Returns the entries nearest to a question. */
    Answer ask(Trader.Question question, float[] vector) {
        return Answer.of(
                question,
                connection
                        .search()
                        .search(SearchRequest.newBuilder()
                                .setCollection(COLLECTION)
                                .setVector(vector(vector))
                                .setLimit(ANSWERS)
                                .build()));
    }

    long count() {
        return connection
                .records()
                .countRecords(CountRecordsRequest.newBuilder()
                        .setCollection(COLLECTION)
                        .build())
                .getCount();
    }

    /** Returns how many of these ids have a record here. */
    int found(List<String> ids) {
        GetRecordsResponse reply = connection
                .records()
                .getRecords(GetRecordsRequest.newBuilder()
                        .setCollection(COLLECTION)
                        .addAllIds(ids.stream().map(Goods::id).toList())
                        .build());
        return reply.getRecordsCount();
    }

    /** Returns the account that each record says it belongs to, for all records. */
    List<String> owners() {
        List<String> owners = new ArrayList<>();
        String token = "";
        do {
            ListRecordsResponse page = connection
                    .records()
                    .listRecords(ListRecordsRequest.newBuilder()
                            .setCollection(COLLECTION)
                            .setPageSize(PAGE_SIZE)
                            .setPageToken(token)
                            .build());
            page.getRecordsList()
                    .forEach(record -> owners.add(record.getFieldsOrDefault(ACCOUNT, Value.getDefaultInstance())
                            .getStringValue()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return owners;
    }

    @Override
    public void close() {
        connection.close();
    }
}
