package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SchemaGrowth;
import io.knarr.server.model.TtlChange;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One growth of a collection's schema while it serves. Made for one call, by a caller who holds the account's catalog.
 *
 * <p>Values that records have already in a field that is declared now must be as the declaration has them stored: they are looked at
 * while nobody writes, and writes that were made under the old schema are made again. With more fields the rows stay as they are. With more
 * vectors they are loaded anew, from an image that lacks those, so that searches under way keep the rows they have; with more texts, from the
 * records, whose words are in no image. A default time to live is for the writes that come after it, in their order; what was written before keeps
 * the time to expire that it has.
 */
final class CollectionGrowth {
    private final CollectionSlot slot;
    private final SchemaGrowth growth;
    private final BlockingCalls blocking;
    private final boolean imagesKept;
    private final Consumer<WriteBatch> commit;

    /**
     * Makes a growth.
     *
     * @param imagesKept whether there can be images
     * @param commit makes a change of the catalog durable
     */
    CollectionGrowth(
            CollectionSlot slot,
            SchemaGrowth growth,
            BlockingCalls blocking,
            boolean imagesKept,
            Consumer<WriteBatch> commit) {
        this.slot = requireNonNull(slot, "slot is null");
        this.growth = requireNonNull(growth, "growth is null");
        this.blocking = requireNonNull(blocking, "blocking is null");
        this.imagesKept = imagesKept;
        this.commit = requireNonNull(commit, "commit is null");
    }

    /**
     * Makes it durable and effective.
     *
     * @param index of the collection as it is
     * @return the collection as it is then
     * @throws ServiceException INVALID_FIELD, LIMIT_EXCEEDED, FIELD_IN_USE: nothing has changed
     * @throws IndexClosedException if the index is not the collection's any more
     */
    Collection apply(CollectionIndex index, CallDeadline deadline) {
        Collection before = slot.collection();
        List<FieldSpec> fields = newFields(before.schema());
        List<VectorSpec> vectors = newVectors(before.schema());
        Optional<Duration> ttl = growth.ttl().map(TtlChange::after).orElse(before.defaultTtl());
        if (fields.isEmpty() && vectors.isEmpty() && ttl.equals(before.defaultTtl())) {
            return before;
        }
        Collection after = before.with(grown(before.schema(), fields, vectors), ttl);
        boolean hasSameTexts = LexicalColumns.haveSameTexts(before.schema(), after.schema());
        boolean staysLoaded = vectors.isEmpty() && hasSameTexts;
        boolean looksAtValues = !fields.isEmpty() && !before.schema().closed();
        if (!staysLoaded && hasSameTexts && imagesKept) {
            // What the rows are loaded from then; without one, from all records.
            var _ = blocking.onLoading(() -> index.writer().writeImage(), deadline);
        }
        deadline.check();
        WriteBatch batch =
                new WriteBatch().put(Table.CATALOG, IndexKeys.collection(after.name()), CollectionCodec.encode(after));
        slot.change(after, index, () -> {
            index.writer()
                    .changeWith(
                            view -> {
                                if (looksAtValues) {
                                    requireFit(fields, view);
                                }
                            },
                            () -> commit.accept(batch),
                            after,
                            !staysLoaded);
            return staysLoaded ? Optional.of(index.of(after)) : Optional.empty();
        });
        return after;
    }

    /** Returns the fields that are not declared yet; one that is declared in the same way is no error, so that a call can be repeated. */
    private List<FieldSpec> newFields(Schema schema) {
        List<FieldSpec> added = new ArrayList<>();
        for (int i = 0; i < growth.fields().size(); i++) {
            FieldSpec field = growth.fields().get(i);
            Optional<FieldSpec> declared = schema.field(field.name());
            if (declared.isEmpty()) {
                added.add(field);
            } else if (!declared.get().equals(field)) {
                throw declaredOtherwise("add_fields[" + i + "]", field.name());
            }
        }
        return added;
    }

    private List<VectorSpec> newVectors(Schema schema) {
        List<VectorSpec> added = new ArrayList<>();
        for (int i = 0; i < growth.vectors().size(); i++) {
            VectorSpec vector = growth.vectors().get(i);
            int place = schema.vectorIndex(vector.name());
            if (place < 0) {
                added.add(vector);
            } else if (!schema.vectors().get(place).equals(vector)) {
                throw declaredOtherwise("add_vectors[" + i + "]", vector.name());
            }
        }
        return added;
    }

    private static ServiceException declaredOtherwise(String path, String name) {
        return ServiceException.atField(
                        ErrorCode.INVALID_FIELD, path + ".name", "The schema declares this name, and otherwise")
                .with("name", name);
    }

    private static Schema grown(Schema schema, List<FieldSpec> fields, List<VectorSpec> vectors) {
        List<FieldSpec> allFields = new ArrayList<>(schema.fields());
        allFields.addAll(fields);
        List<VectorSpec> allVectors = new ArrayList<>(schema.vectors());
        allVectors.addAll(vectors);
        requireAtMost(
                allFields.stream().mapToInt(FieldSpec::count).sum(),
                Schema.MAX_FIELDS,
                "add_fields",
                "A schema has too many fields");
        requireAtMost(allVectors.size(), Schema.MAX_VECTORS, "add_vectors", "A schema has too many vectors");
        return new Schema(allVectors, allFields, schema.closed());
    }

    private static void requireAtMost(int count, int limit, String path, String sentence) {
        if (count > limit) {
            throw ServiceException.atField(ErrorCode.LIMIT_EXCEEDED, path, sentence)
                    .with("limit", limit)
                    .with("actual", count);
        }
    }

    /** Requires that every value there is would be stored as it is by the field's declaration. */
    private static void requireFit(List<FieldSpec> fields, RowTable.View view) {
        for (FieldSpec field : fields) {
            RowMatcher.Column column = view.column(field.name());
            for (int row = 0; row < view.rowCount(); row++) {
                FieldValue value = view.isVisible(row) ? column.value(row) : null;
                if (value != null && !isStored(value, field)) {
                    throw new ServiceException(
                                    ErrorCode.FIELD_IN_USE,
                                    "Records have other values in a field that is to be declared")
                            .with("name", field.name())
                            .with("type", FieldRules.name(field.type()));
                }
            }
        }
    }

    private static boolean isStored(FieldValue value, FieldSpec field) {
        try {
            return FieldRules.conform(value, field, field.name(), false).equals(value);
        } catch (ServiceException e) {
            return false;
        }
    }
}
