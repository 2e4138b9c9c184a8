package io.knarr.client;

import io.knarr.v1.AndFilter;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.ExistsFilter;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.NotFilter;
import io.knarr.v1.OrFilter;
import io.knarr.v1.RangeFilter;

/** Filters as they travel. */
final class WireFilters {
    private WireFilters() {}

    static io.knarr.v1.Filter encode(Filter filter) {
        io.knarr.v1.Filter.Builder encoded = io.knarr.v1.Filter.newBuilder();
        switch (filter) {
            case Filter.And all -> {
                AndFilter.Builder and = AndFilter.newBuilder();
                all.filters().forEach(each -> and.addFilters(encode(each)));
                encoded.setAnd(and);
            }
            case Filter.Or any -> {
                OrFilter.Builder or = OrFilter.newBuilder();
                any.filters().forEach(each -> or.addFilters(encode(each)));
                encoded.setOr(or);
            }
            case Filter.Not not -> encoded.setNot(NotFilter.newBuilder().setFilter(encode(not.filter())));
            case Filter.Equal equal -> {
                EqualFilter.Builder values = EqualFilter.newBuilder().setField(equal.field());
                equal.values().forEach(value -> values.addValues(FieldValues.encode(equal.field(), value)));
                encoded.setEqual(values);
            }
            case Filter.Range range -> encoded.setRange(encode(range));
            case Filter.HasId hasId -> {
                HasIdFilter.Builder ids = HasIdFilter.newBuilder();
                hasId.ids().forEach(id -> ids.addIds(WireRecords.encode(id)));
                encoded.setHasId(ids);
            }
            case Filter.Exists exists ->
                encoded.setExists(ExistsFilter.newBuilder().setField(exists.field()));
        }
        return encoded.build();
    }

    private static RangeFilter encode(Filter.Range range) {
        RangeFilter.Builder encoded = RangeFilter.newBuilder().setField(range.field());
        if (range.gt() != null) {
            encoded.setGt(FieldValues.encode(range.field(), range.gt()));
        }
        if (range.gte() != null) {
            encoded.setGte(FieldValues.encode(range.field(), range.gte()));
        }
        if (range.lt() != null) {
            encoded.setLt(FieldValues.encode(range.field(), range.lt()));
        }
        if (range.lte() != null) {
            encoded.setLte(FieldValues.encode(range.field(), range.lte()));
        }
        return encoded.build();
    }
}
