package io.knarr.server.rpc;

import io.knarr.server.model.Schema;
import io.knarr.server.model.Selection;
import io.knarr.v1.FieldSelection;
import io.knarr.v1.VectorSelection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** Reads which parts of records a reply carries. */
final class SelectionMapper {
    private SelectionMapper() {}

    /** Returns the fields to return. Left out of the request, a selection is empty and means all. */
    static Selection toFields(FieldSelection selection, FieldPath path) {
        FieldPath names = path.field("names");
        if (selection.getNone()) {
            requireNoNames(selection.getNamesList(), names);
            return new Selection.None();
        }
        if (selection.getNamesCount() == 0) {
            return new Selection.All();
        }
        return only(selection.getNamesList(), Schema.MAX_FIELDS, names, NameMapper::field);
    }

    /** Returns the vectors to return. Left out of the request, a selection is empty and means none. */
    static Selection toVectors(VectorSelection selection, FieldPath path) {
        FieldPath names = path.field("names");
        if (selection.getAll()) {
            requireNoNames(selection.getNamesList(), names);
            return new Selection.All();
        }
        if (selection.getNamesCount() == 0) {
            return new Selection.None();
        }
        return only(selection.getNamesList(), Schema.MAX_VECTORS, names, NameMapper::vector);
    }

    private static void requireNoNames(List<String> names, FieldPath path) {
        if (!names.isEmpty()) {
            throw Rejections.invalid(path, "A selection of all or none cannot have names as well");
        }
    }

    private static Selection only(
            List<String> names, int limit, FieldPath path, BiConsumer<String, FieldPath> nameRule) {
        if (names.size() > limit) {
            throw Rejections.limit(path, "A selection has too many names", limit, names.size());
        }
        Set<String> distinct = HashSet.newHashSet(names.size());
        for (int i = 0; i < names.size(); i++) {
            FieldPath namePath = path.index(i);
            nameRule.accept(names.get(i), namePath);
            if (!distinct.add(names.get(i))) {
                throw Rejections.invalid(namePath, "A name is selected twice");
            }
        }
        return new Selection.Only(distinct);
    }
}
