package io.knarr.it;

import static io.knarr.it.BadCall.invalid;
import static io.knarr.it.Requests.id;
import static io.knarr.it.Requests.vector;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.Example;
import io.knarr.v1.FieldSelection;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.Filter;
import io.knarr.v1.GetAccountRequest;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GroupBy;
import io.knarr.v1.HybridPart;
import io.knarr.v1.HybridQuery;
import io.knarr.v1.ListAccountsRequest;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.Metric;
import io.knarr.v1.Mmr;
import io.knarr.v1.ReciprocalRankFusion;
import io.knarr.v1.RecommendQuery;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SparseVector;
import io.knarr.v1.TextOptions;
import io.knarr.v1.TextQuery;
import io.knarr.v1.UpdateCollectionRequest;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSelection;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/** Everything else that must be refused: searches, reads, pages, schemas, names and metadata. */
final class BadRequests {
    private static final String ACCOUNT_HEADER = "metadata.x-account-id";
    private static final String INCARNATION_HEADER = "metadata.x-account-incarnation";

    private final String account;
    private final String collection;
    private final List<BadCall> calls = new ArrayList<>();

    private BadRequests(String account, String collection) {
        this.account = account;
        this.collection = collection;
    }

    static List<BadCall> calls(String account, String collection) {
        BadRequests requests = new BadRequests(account, collection);
        requests.searches();
        requests.reads();
        requests.pages();
        requests.schemas();
        requests.growth();
        requests.names();
        requests.accounts();
        requests.metadata();
        return requests.calls;
    }

    private SearchRequest.Builder good() {
        return SearchRequest.newBuilder()
                .setCollection(collection)
                .setVectorName("main")
                .setVector(vector(1, 2, 3, 4));
    }

    private void searches() {
        search("too few components", "DIMENSION_MISMATCH", "vector", good().setVector(vector(1, 2, 3)));
        search("too many components", "DIMENSION_MISMATCH", "vector", good().setVector(vector(1, 2, 3, 4, 5)));
        search("no vector", "INVALID_FIELD", "vector", good().clearVector());
        search("two questions", "INVALID_FIELD", "like_id", good().setLikeId(id("a")));
        search(
                "an example without an id",
                "INVALID_FIELD",
                "like_id",
                good().clearVector().setLikeId(RecordId.getDefaultInstance()));
        search(
                "an infinite threshold",
                "NOT_FINITE",
                "score_threshold",
                good().setScoreThreshold(Double.POSITIVE_INFINITY));
        search("groups of nothing", "INVALID_FIELD", "group_by.field", good().setGroupBy(GroupBy.getDefaultInstance()));
        search(
                "groups of a negative size",
                "INVALID_FIELD",
                "group_by.size",
                good().setGroupBy(GroupBy.newBuilder().setField("color").setSize(-1)));
        search(
                "groups that are too large together",
                "LIMIT_EXCEEDED",
                "group_by.size",
                good().setLimit(1_000)
                        .setGroupBy(GroupBy.newBuilder().setField("color").setSize(101)));
        search(
                "a lambda above one",
                "INVALID_FIELD",
                "mmr.lambda",
                good().setMmr(Mmr.newBuilder().setLambda(1.5)));
        search(
                "a lambda that is no number",
                "INVALID_FIELD",
                "mmr.lambda",
                good().setMmr(Mmr.newBuilder().setLambda(Double.NaN)));
        search(
                "fewer candidates than hits",
                "INVALID_FIELD",
                "mmr.candidates",
                good().setMmr(Mmr.newBuilder().setCandidates(9)));
        search(
                "too many candidates",
                "LIMIT_EXCEEDED",
                "mmr.candidates",
                good().setMmr(Mmr.newBuilder().setCandidates(1_001)));
        search(
                "groups of diverse hits",
                "INVALID_FIELD",
                "mmr",
                good().setMmr(Mmr.getDefaultInstance())
                        .setGroupBy(GroupBy.newBuilder().setField("color")));
        recommend("without an example", "INVALID_FIELD", "recommend.positives", RecommendQuery.newBuilder());
        recommend(
                "by the average of negatives alone",
                "INVALID_FIELD",
                "recommend.positives",
                RecommendQuery.newBuilder().addNegatives(example(1, 2, 3, 4)));
        recommend(
                "by an example of no kind",
                "INVALID_FIELD",
                "recommend.negatives[0]",
                RecommendQuery.newBuilder()
                        .addPositives(example(1, 2, 3, 4))
                        .addNegatives(Example.getDefaultInstance()));
        recommend(
                "by an example of another dimension",
                "DIMENSION_MISMATCH",
                "recommend.positives[1].vector",
                RecommendQuery.newBuilder().addPositives(example(1, 2, 3, 4)).addPositives(example(1)));
        recommend(
                "by 65 examples",
                "LIMIT_EXCEEDED",
                "recommend",
                RecommendQuery.newBuilder().addAllPositives(Collections.nCopies(65, example(1, 2, 3, 4))));
        hybrid("of no parts", "INVALID_FIELD", "hybrid.parts", HybridQuery.newBuilder());
        hybrid(
                "of nine parts",
                "LIMIT_EXCEEDED",
                "hybrid.parts",
                HybridQuery.newBuilder()
                        .addAllParts(Collections.nCopies(9, goodPart().build())));
        hybrid(
                "with a part that asks nothing",
                "INVALID_FIELD",
                "hybrid.parts[1].vector",
                HybridQuery.newBuilder()
                        .addParts(goodPart())
                        .addParts(goodPart().clearVector()));
        hybrid(
                "with a part that asks twice",
                "INVALID_FIELD",
                "hybrid.parts[0].like_id",
                HybridQuery.newBuilder().addParts(goodPart().setLikeId(id("a"))));
        hybrid(
                "with a weight of nothing",
                "INVALID_FIELD",
                "hybrid.parts[0].weight",
                HybridQuery.newBuilder().addParts(goodPart().setWeight(0)));
        hybrid(
                "with a negative limit",
                "INVALID_FIELD",
                "hybrid.parts[0].limit",
                HybridQuery.newBuilder().addParts(goodPart().setLimit(-1)));
        hybrid(
                "with a limit of 100,001",
                "LIMIT_EXCEEDED",
                "hybrid.parts[0].limit",
                HybridQuery.newBuilder().addParts(goodPart().setLimit(100_001)));
        hybrid(
                "with a malformed filter",
                "INVALID_FILTER",
                "hybrid.parts[0].filter",
                HybridQuery.newBuilder().addParts(goodPart().setFilter(Filter.getDefaultInstance())));
        hybrid(
                "with another dimension",
                "DIMENSION_MISMATCH",
                "hybrid.parts[0].vector",
                HybridQuery.newBuilder().addParts(goodPart().setVector(vector(1))));
        hybrid(
                "with a vector that is not there",
                "UNKNOWN_FIELD",
                "hybrid.parts[0].vector_name",
                HybridQuery.newBuilder().addParts(goodPart().setVectorName("other")));
        hybrid(
                "by negative ranks",
                "INVALID_FIELD",
                "hybrid.reciprocal_rank.k",
                HybridQuery.newBuilder()
                        .addParts(goodPart())
                        .setReciprocalRank(ReciprocalRankFusion.newBuilder().setK(-1)));
        search(
                "a vector's name beside a hybrid question",
                "INVALID_FIELD",
                "vector_name",
                good().clearVector().setHybrid(HybridQuery.newBuilder().addParts(goodPart())));
        search(
                "a sparse vector for a dense one",
                "TYPE_MISMATCH",
                "vector",
                good().setVector(sparse(SparseVector.newBuilder().addIndices(1).addValues(1))));
        search(
                "a vector that is both dense and sparse",
                "INVALID_FIELD",
                "vector.sparse",
                good().setVector(vector(1, 2, 3, 4).toBuilder().setSparse(SparseVector.getDefaultInstance())));
        search(
                "an index twice",
                "INVALID_FIELD",
                "vector.sparse.indices[2]",
                good().setVector(sparse(SparseVector.newBuilder()
                        .addAllIndices(List.of(7, -1, 7))
                        .addAllValues(List.of(1f, 2f, 3f)))));
        search(
                "fewer values than indices",
                "INVALID_FIELD",
                "vector.sparse.values",
                good().setVector(sparse(SparseVector.newBuilder().addIndices(7))));
        search(
                "a sparse value that is not finite",
                "NOT_FINITE",
                "vector.sparse.values[0]",
                good().setVector(sparse(SparseVector.newBuilder().addIndices(7).addValues(Float.NaN))));
        search(
                "a sparse query of nothing",
                "INVALID_FIELD",
                "vector.sparse",
                good().setVector(sparse(SparseVector.newBuilder())));
        search(
                "a sparse vector of 65,537 entries",
                "LIMIT_EXCEEDED",
                "vector.sparse.indices",
                good().setVector(sparse(SparseVector.newBuilder()
                        .addAllIndices(Collections.nCopies(65_537, 1))
                        .addAllValues(Collections.nCopies(65_537, 1f)))));
        words("in a field that is not declared", "UNKNOWN_FIELD", "text.field", "other", "a");
        words("in a field of another type", "TYPE_MISMATCH", "text.field", "color", "a");
        words("no field", "INVALID_FIELD", "text.field", "", "a");
        words("of none", "INVALID_FIELD", "text.query", "color", "");
        words("of 4,097 characters", "LIMIT_EXCEEDED", "text.query", "color", "a".repeat(4_097));
        search(
                "a vector's name beside words",
                "INVALID_FIELD",
                "vector_name",
                good().clearVector()
                        .setText(TextQuery.newBuilder().setField("color").setQuery("a")));
        search("no components", "INVALID_FIELD", "vector.values", good().setVector(vector()));
        search("a NaN", "NOT_FINITE", "vector.values[1]", good().setVector(vector(1, Float.NaN, 3, 4)));
        search(
                "an infinity",
                "NOT_FINITE",
                "vector.values[3]",
                good().setVector(vector(1, 2, 3, Float.POSITIVE_INFINITY)));
        search("a vector that is not there", "UNKNOWN_FIELD", "vector_name", good().setVectorName("other"));
        search("no vector's name where there are two", "INVALID_FIELD", "vector_name", good().setVectorName(""));
        search("a vector's name with a space", "INVALID_FIELD", "vector_name", good().setVectorName("ma in"));
        search("a negative limit", "INVALID_FIELD", "limit", good().setLimit(-1));
        search("a negative offset", "INVALID_FIELD", "offset", good().setOffset(-1));
        search("a limit of 100,001", "LIMIT_EXCEEDED", "limit", good().setLimit(100_001));
        search(
                "limit and offset together",
                "LIMIT_EXCEEDED",
                "limit",
                good().setLimit(50_001).setOffset(50_000));
        search(
                "limit and offset that overflow",
                "LIMIT_EXCEEDED",
                "limit",
                good().setLimit(Integer.MAX_VALUE).setOffset(Integer.MAX_VALUE));
        search("an empty collection's name", "INVALID_FIELD", "collection", good().setCollection(""));
        search(
                "a selection of none with names",
                "INVALID_FIELD",
                "fields.names",
                good().setFields(FieldSelection.newBuilder().setNone(true).addNames("color")));
        search(
                "a selection of all with names",
                "INVALID_FIELD",
                "vectors.names",
                good().setVectors(VectorSelection.newBuilder().setAll(true).addNames("main")));
        search(
                "a name selected twice",
                "INVALID_FIELD",
                "fields.names[1]",
                good().setFields(FieldSelection.newBuilder().addNames("color").addNames("color")));
        calls.add(new BadCall(
                "search: a collection that does not exist",
                caller -> caller.search(account)
                        .search(good().setCollection("nowhere").build()),
                Status.Code.NOT_FOUND,
                "COLLECTION_NOT_FOUND",
                ""));
        calls.add(new BadCall(
                "search: an account that does not exist",
                caller -> caller.search("nobody").search(good().build()),
                Status.Code.NOT_FOUND,
                "ACCOUNT_NOT_FOUND",
                ""));
    }

    private void search(String name, String reason, String field, SearchRequest.Builder request) {
        calls.add(invalid("search: " + name, reason, field, caller -> caller.search(account)
                .search(request.build())));
    }

    private void words(String name, String reason, String field, String textField, String query) {
        search(
                "words " + name,
                reason,
                field,
                good().clearVectorName()
                        .clearVector()
                        .setText(TextQuery.newBuilder().setField(textField).setQuery(query)));
    }

    private void recommend(String name, String reason, String field, RecommendQuery.Builder recommend) {
        search("a recommendation " + name, reason, field, good().clearVector().setRecommend(recommend));
    }

    private void hybrid(String name, String reason, String field, HybridQuery.Builder hybrid) {
        search(
                "a hybrid question " + name,
                reason,
                field,
                good().clearVectorName().clearVector().setHybrid(hybrid));
    }

    private static Vector sparse(SparseVector.Builder sparse) {
        return Vector.newBuilder().setSparse(sparse).build();
    }

    private static Example example(float... values) {
        return Example.newBuilder().setVector(vector(values)).build();
    }

    private static HybridPart.Builder goodPart() {
        return HybridPart.newBuilder().setVectorName("main").setVector(vector(1, 2, 3, 4));
    }

    private void reads() {
        calls.add(invalid("get: no ids", "INVALID_FIELD", "ids", caller -> caller.records(account)
                .getRecords(
                        GetRecordsRequest.newBuilder().setCollection(collection).build())));
        calls.add(invalid(
                "get: an id of 513 bytes", "LIMIT_EXCEEDED", "ids[0].string_id", caller -> caller.records(account)
                        .getRecords(GetRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .addIds(id("\u00e9".repeat(256) + "x"))
                                .build())));
    }

    private void pages() {
        calls.add(
                invalid("list records: a negative page", "INVALID_FIELD", "page_size", caller -> caller.records(account)
                        .listRecords(ListRecordsRequest.newBuilder()
                                .setCollection(collection)
                                .setPageSize(-1)
                                .build())));
        calls.add(invalid(
                "list records: a token that is none",
                "INVALID_PAGE_TOKEN",
                "page_token",
                caller -> list(caller, "not a token")));
        calls.add(invalid(
                "list records: a token of the listing of accounts", "INVALID_PAGE_TOKEN", "page_token", caller -> {
                    String foreign = caller.accounts()
                            .listAccounts(ListAccountsRequest.newBuilder()
                                    .setPageSize(1)
                                    .build())
                            .getNextPageToken();
                    list(caller, foreign);
                }));
        calls.add(invalid("list records: a token with a changed end", "INVALID_PAGE_TOKEN", "page_token", caller -> {
            String token = caller.records(account)
                    .listRecords(ListRecordsRequest.newBuilder()
                            .setCollection(collection)
                            .setPageSize(1)
                            .build())
                    .getNextPageToken();
            char last = token.charAt(token.length() - 2);
            list(
                    caller,
                    token.substring(0, token.length() - 2)
                            + (last == 'A' ? 'B' : 'A')
                            + token.charAt(token.length() - 1));
        }));
        calls.add(invalid("list records: a token of another filter", "INVALID_PAGE_TOKEN", "page_token", caller -> {
            String token = caller.records(account)
                    .listRecords(ListRecordsRequest.newBuilder()
                            .setCollection(collection)
                            .setPageSize(1)
                            .setFilter(Requests.exists("color"))
                            .build())
                    .getNextPageToken();
            list(caller, token);
        }));
        calls.add(invalid(
                "list accounts: a token that is none", "INVALID_PAGE_TOKEN", "page_token", caller -> caller.accounts()
                        .listAccounts(ListAccountsRequest.newBuilder()
                                .setPageToken("AAAA")
                                .build())));
        calls.add(invalid("list accounts: a bad prefix", "INVALID_FIELD", "prefix", caller -> caller.accounts()
                .listAccounts(ListAccountsRequest.newBuilder().setPrefix("A").build())));
        calls.add(invalid(
                "list collections: a token that is none",
                "INVALID_PAGE_TOKEN",
                "page_token",
                caller -> caller.collections(account)
                        .listCollections(ListCollectionsRequest.newBuilder()
                                .setPageToken("AAAA")
                                .build())));
    }

    private void list(Caller caller, String token) {
        caller.records(account)
                .listRecords(ListRecordsRequest.newBuilder()
                        .setCollection(collection)
                        .setPageSize(1)
                        .setPageToken(token)
                        .build());
    }

    private void schemas() {
        VectorSpec.Builder vector =
                VectorSpec.newBuilder().setName("v").setDimension(4).setMetric(Metric.METRIC_DOT);
        Schema.Builder good = Schema.newBuilder().addVectors(vector);
        schema("no vectors", "INVALID_FIELD", "schema.vectors", Schema.newBuilder());
        schema(
                "dimension 0",
                "INVALID_FIELD",
                "schema.vectors[0].dimension",
                Schema.newBuilder().addVectors(vector.clone().setDimension(0)));
        schema(
                "a negative dimension",
                "INVALID_FIELD",
                "schema.vectors[0].dimension",
                Schema.newBuilder().addVectors(vector.clone().setDimension(-4)));
        schema(
                "dimension 65,537",
                "LIMIT_EXCEEDED",
                "schema.vectors[0].dimension",
                Schema.newBuilder().addVectors(vector.clone().setDimension(65_537)));
        schema(
                "no metric",
                "INVALID_FIELD",
                "schema.vectors[0].metric",
                Schema.newBuilder().addVectors(vector.clone().clearMetric()));
        schema(
                "a metric nobody knows",
                "INVALID_FIELD",
                "schema.vectors[0].metric",
                Schema.newBuilder().addVectors(vector.clone().setMetricValue(99)));
        schema(
                "a vector twice",
                "INVALID_FIELD",
                "schema.vectors[1].name",
                good.clone().addVectors(vector));
        Schema.Builder many = Schema.newBuilder();
        for (int i = 0; i < 17; i++) {
            many.addVectors(vector.clone().setName("v" + i));
        }
        schema(
                "a sparse vector of a dimension",
                "INVALID_FIELD",
                "schema.vectors[0].dimension",
                Schema.newBuilder()
                        .addVectors(VectorSpec.newBuilder()
                                .setKind(VectorKind.VECTOR_KIND_SPARSE)
                                .setDimension(4)));
        schema(
                "a sparse vector of a distance",
                "INVALID_FIELD",
                "schema.vectors[0].metric",
                Schema.newBuilder()
                        .addVectors(VectorSpec.newBuilder()
                                .setKind(VectorKind.VECTOR_KIND_SPARSE)
                                .setMetric(Metric.METRIC_EUCLID)));
        schema(
                "rare indices of a dense vector",
                "INVALID_FIELD",
                "schema.vectors[0].idf",
                Schema.newBuilder()
                        .addVectors(VectorSpec.newBuilder()
                                .setDimension(4)
                                .setMetric(Metric.METRIC_DOT)
                                .setIdf(true)));
        schema(
                "an analyzer that nobody knows",
                "INVALID_FIELD",
                "schema.fields[0].text.analyzer",
                Schema.newBuilder()
                        .addVectors(VectorSpec.newBuilder().setDimension(4).setMetric(Metric.METRIC_DOT))
                        .addFields(FieldSpec.newBuilder()
                                .setName("body")
                                .setType(FieldType.FIELD_TYPE_TEXT)
                                .setText(TextOptions.newBuilder().setAnalyzer("klingon"))));
        schema(
                "words of a number",
                "INVALID_FIELD",
                "schema.fields[0].text",
                Schema.newBuilder()
                        .addVectors(VectorSpec.newBuilder().setDimension(4).setMetric(Metric.METRIC_DOT))
                        .addFields(FieldSpec.newBuilder()
                                .setName("count")
                                .setType(FieldType.FIELD_TYPE_INT64)
                                .setText(TextOptions.getDefaultInstance())));
        schema("17 vectors", "LIMIT_EXCEEDED", "schema.vectors", many);
        FieldSpec.Builder field = FieldSpec.newBuilder().setName("f").setType(FieldType.FIELD_TYPE_STRING);
        schema(
                "a field twice",
                "INVALID_FIELD",
                "schema.fields[1].name",
                good.clone().addFields(field).addFields(field));
        schema(
                "a field without a type",
                "INVALID_FIELD",
                "schema.fields[0].type",
                good.clone().addFields(field.clone().clearType()));
        schema(
                "a field's name that starts with a digit",
                "INVALID_FIELD",
                "schema.fields[0].name",
                good.clone().addFields(field.clone().setName("1st")));
        schema(
                "fields within text",
                "INVALID_FIELD",
                "schema.fields[0].fields",
                good.clone().addFields(field.clone().addFields(field)));
        FieldSpec.Builder object = FieldSpec.newBuilder().setName("o").setType(FieldType.FIELD_TYPE_OBJECT);
        schema(
                "a field twice within an object",
                "INVALID_FIELD",
                "schema.fields[0].fields[1].name",
                good.clone().addFields(object.clone().addFields(field).addFields(field)));
        schema(
                "a field without a type within an object",
                "INVALID_FIELD",
                "schema.fields[0].fields[0].type",
                good.clone().addFields(object.clone().addFields(field.clone().clearType())));
        FieldSpec.Builder deep = object.clone();
        for (int i = 0; i < 8; i++) {
            deep = object.clone().addFields(deep);
        }
        schema(
                "9 levels of fields",
                "LIMIT_EXCEEDED",
                "schema.fields[0]" + ".fields[0]".repeat(7) + ".fields",
                good.clone().addFields(deep));
        FieldSpec.Builder half = object.clone();
        for (int i = 0; i < 500; i++) {
            half.addFields(field.clone().setName("f" + i));
        }
        schema(
                "1,002 fields, most of them within others",
                "LIMIT_EXCEEDED",
                "schema.fields",
                good.clone().addFields(half).addFields(half.clone().setName("p")));
        Schema.Builder wide = good.clone();
        for (int i = 0; i < 1_001; i++) {
            wide.addFields(field.clone().setName("f" + i));
        }
        schema("1,001 fields", "LIMIT_EXCEEDED", "schema.fields", wide);
    }

    private void schema(String name, String reason, String field, Schema.Builder schema) {
        calls.add(invalid("schema: " + name, reason, field, caller -> caller.collections(account)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName("refused")
                        .setSchema(schema)
                        .build())));
    }

    private void growth() {
        FieldSpec.Builder field = FieldSpec.newBuilder().setName("f").setType(FieldType.FIELD_TYPE_STRING);
        VectorSpec.Builder vector =
                VectorSpec.newBuilder().setName("v").setDimension(4).setMetric(Metric.METRIC_COSINE);
        UpdateCollectionRequest.Builder good =
                UpdateCollectionRequest.newBuilder().setName(collection);
        growth("nothing", "INVALID_FIELD", "add_fields", good.clone());
        growth("no name", "INVALID_FIELD", "name", good.clone().setName("").addAddFields(field));
        growth(
                "a field without a type",
                "INVALID_FIELD",
                "add_fields[0].type",
                good.clone().addAddFields(field.clone().clearType()));
        growth(
                "a field twice",
                "INVALID_FIELD",
                "add_fields[1].name",
                good.clone().addAddFields(field).addAddFields(field));
        growth(
                "a field that is declared otherwise",
                "INVALID_FIELD",
                "add_fields[1].name",
                good.clone().addAddFields(field).addAddFields(field.clone().setName("size")));
        growth(
                "a vector that is there otherwise",
                "INVALID_FIELD",
                "add_vectors[0].name",
                good.clone().addAddVectors(vector.clone().setName("main").setDimension(5)));
        growth(
                "a vector without a dimension",
                "INVALID_FIELD",
                "add_vectors[0].dimension",
                good.clone().addAddVectors(vector.clone().clearDimension()));
        UpdateCollectionRequest.Builder vectors = good.clone();
        for (int i = 0; i < 15; i++) {
            vectors.addAddVectors(vector.clone().setName("v" + i));
        }
        growth("15 vectors where there are two", "LIMIT_EXCEEDED", "add_vectors", vectors);
        UpdateCollectionRequest.Builder fields = good.clone();
        for (int i = 0; i < 995; i++) {
            fields.addAddFields(field.clone().setName("f" + i));
        }
        growth("995 fields where there are some", "LIMIT_EXCEEDED", "add_fields", fields);
        calls.add(new BadCall(
                "update: a collection that does not exist",
                caller -> caller.collections(account)
                        .updateCollection(good.clone()
                                .setName("nowhere")
                                .addAddFields(field)
                                .build()),
                Status.Code.NOT_FOUND,
                "COLLECTION_NOT_FOUND",
                ""));
        calls.add(new BadCall(
                "update: another life of the collection",
                caller -> caller.collections(account)
                        .updateCollection(good.clone()
                                .setIncarnation(new UUID(1, 2).toString())
                                .addAddFields(field)
                                .build()),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                "incarnation"));
    }

    private void growth(String name, String reason, String field, UpdateCollectionRequest.Builder request) {
        calls.add(invalid("update: " + name, reason, field, caller -> caller.collections(account)
                .updateCollection(request.build())));
    }

    private void names() {
        for (String name : List.of("", "1st", "a b", "a/b", "..", "-a", "caf\u00e9", "a\u0000b")) {
            calls.add(invalid(
                    "create: the collection's name " + Literal.of(name),
                    "INVALID_FIELD",
                    "name",
                    caller -> caller.collections(account).createCollection(Requests.create(name, 4))));
        }
        calls.add(invalid(
                "create: a collection's name of 129", "LIMIT_EXCEEDED", "name", caller -> caller.collections(account)
                        .createCollection(Requests.create("x".repeat(129), 4))));
        calls.add(invalid("delete: the collection's name a b", "INVALID_FIELD", "name", caller -> caller.collections(
                        account)
                .deleteCollection(
                        DeleteCollectionRequest.newBuilder().setName("a b").build())));
        calls.add(new BadCall(
                "create: a collection that exists",
                caller -> caller.collections(account).createCollection(Requests.create(collection, 4)),
                Status.Code.ALREADY_EXISTS,
                "COLLECTION_EXISTS",
                ""));
        calls.add(new BadCall(
                "delete: another life of the collection, by name",
                caller -> caller.collections(account)
                        .deleteCollection(DeleteCollectionRequest.newBuilder()
                                .setName(collection)
                                .setIncarnation(new UUID(1, 2).toString())
                                .build()),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                "incarnation"));
        calls.add(new BadCall(
                "delete: a collection that does not exist",
                caller -> caller.collections(account)
                        .deleteCollection(DeleteCollectionRequest.newBuilder()
                                .setName("nowhere")
                                .build()),
                Status.Code.NOT_FOUND,
                "COLLECTION_NOT_FOUND",
                ""));
        calls.add(new BadCall(
                "get: a collection that does not exist",
                caller -> caller.collections(account)
                        .getCollection(GetCollectionRequest.newBuilder()
                                .setName("nowhere")
                                .build()),
                Status.Code.NOT_FOUND,
                "COLLECTION_NOT_FOUND",
                ""));
    }

    private void accounts() {
        for (String name : List.of("", "A", "-a", ".a", "a b", "a/b", "../a", "\u00e4", "a\u0000")) {
            calls.add(invalid(
                    "create: the account id " + Literal.of(name),
                    "INVALID_FIELD",
                    "account_id",
                    caller -> caller.accounts()
                            .createAccount(CreateAccountRequest.newBuilder()
                                    .setAccountId(name)
                                    .build())));
        }
        calls.add(invalid("create: an account id of 65", "LIMIT_EXCEEDED", "account_id", caller -> caller.accounts()
                .createAccount(CreateAccountRequest.newBuilder()
                        .setAccountId("a".repeat(65))
                        .build())));
        calls.add(new BadCall(
                "create: an account that exists",
                caller -> caller.accounts()
                        .createAccount(CreateAccountRequest.newBuilder()
                                .setAccountId(account)
                                .build()),
                Status.Code.ALREADY_EXISTS,
                "ACCOUNT_EXISTS",
                ""));
        calls.add(new BadCall(
                "get: an account that does not exist",
                caller -> caller.accounts()
                        .getAccount(GetAccountRequest.newBuilder()
                                .setAccountId("nobody")
                                .build()),
                Status.Code.NOT_FOUND,
                "ACCOUNT_NOT_FOUND",
                ""));
        calls.add(new BadCall(
                "delete: another life of the account",
                caller -> caller.accounts()
                        .deleteAccount(DeleteAccountRequest.newBuilder()
                                .setAccountId(account)
                                .setIncarnation(new UUID(1, 2).toString())
                                .build()),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                ""));
        calls.add(invalid(
                "delete: an incarnation that is no UUID", "INVALID_FIELD", "incarnation", caller -> caller.accounts()
                        .deleteAccount(DeleteAccountRequest.newBuilder()
                                .setAccountId(account)
                                .setIncarnation("now")
                                .build())));
    }

    private void metadata() {
        for (String name : List.of("", "A", "a b", "a/b", "../a", "-a", "a,b")) {
            calls.add(invalid(
                    "metadata: the account id " + Literal.of(name),
                    "INVALID_FIELD",
                    ACCOUNT_HEADER,
                    caller -> upsert(caller, headers("x-account-id", name))));
        }
        calls.add(invalid(
                "metadata: an account id of 65",
                "LIMIT_EXCEEDED",
                ACCOUNT_HEADER,
                caller -> upsert(caller, headers("x-account-id", "a".repeat(65)))));
        calls.add(invalid(
                "metadata: two account ids",
                "INVALID_FIELD",
                ACCOUNT_HEADER,
                caller -> upsert(caller, headers("x-account-id", account, "x-account-id", "other"))));
        calls.add(invalid(
                "metadata: an incarnation that is no UUID",
                "INVALID_FIELD",
                INCARNATION_HEADER,
                caller -> upsert(caller, headers("x-account-id", account, "x-account-incarnation", "now"))));
        calls.add(new BadCall(
                "metadata: another life of the account",
                caller -> upsert(
                        caller, headers("x-account-id", account, "x-account-incarnation", new UUID(1, 2).toString())),
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                ""));
    }

    private void upsert(Caller caller, Metadata headers) {
        RecordServiceGrpc.newBlockingStub(caller.channel())
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .upsertRecords(Requests.upsert(collection, BadWrites.good().build()));
    }

    private static Metadata headers(String... keysAndValues) {
        Metadata headers = new Metadata();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            headers.put(Metadata.Key.of(keysAndValues[i], Metadata.ASCII_STRING_MARSHALLER), keysAndValues[i + 1]);
        }
        return headers;
    }
}
