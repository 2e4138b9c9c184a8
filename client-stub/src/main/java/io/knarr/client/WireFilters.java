package io.knarr.client;

import io.knarr.v1.AndFilter;
import io.knarr.v1.ContainsAllFilter;
import io.knarr.v1.ContainsFilter;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.ExistsFilter;
import io.knarr.v1.GeoBoxFilter;
import io.knarr.v1.GeoPolygonFilter;
import io.knarr.v1.GeoRadiusFilter;
import io.knarr.v1.GeoRing;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.HasVectorFilter;
import io.knarr.v1.IsEmptyFilter;
import io.knarr.v1.IsNullFilter;
import io.knarr.v1.MinShouldFilter;
import io.knarr.v1.NestedFilter;
import io.knarr.v1.NotFilter;
import io.knarr.v1.OrFilter;
import io.knarr.v1.PathFilter;
import io.knarr.v1.PrefixFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.RegexFilter;
import io.knarr.v1.TextMatchFilter;
import io.knarr.v1.TextMatchMode;
import io.knarr.v1.ValuesCountFilter;
import java.util.List;

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
            case Filter.MinShould some -> {
                MinShouldFilter.Builder minShould = MinShouldFilter.newBuilder().setMinCount(some.minCount());
                some.filters().forEach(each -> minShould.addFilters(encode(each)));
                encoded.setMinShould(minShould);
            }
            case Filter.IsNull isNull ->
                encoded.setIsNull(IsNullFilter.newBuilder().setField(isNull.field()));
            case Filter.IsEmpty isEmpty ->
                encoded.setIsEmpty(IsEmptyFilter.newBuilder().setField(isEmpty.field()));
            case Filter.Prefix prefix ->
                encoded.setPrefix(
                        PrefixFilter.newBuilder().setField(prefix.field()).setPrefix(prefix.prefix()));
            case Filter.Contains contains ->
                encoded.setContains(
                        ContainsFilter.newBuilder().setField(contains.field()).setSubstring(contains.substring()));
            case Filter.Regex regex ->
                encoded.setRegex(
                        RegexFilter.newBuilder().setField(regex.field()).setPattern(regex.pattern()));
            case Filter.ContainsAll all -> {
                ContainsAllFilter.Builder values =
                        ContainsAllFilter.newBuilder().setField(all.field());
                all.values().forEach(value -> values.addValues(FieldValues.encode(all.field(), value)));
                encoded.setContainsAll(values);
            }
            case Filter.ValuesCount count -> encoded.setValuesCount(encode(count));
            case Filter.HasVector hasVector ->
                encoded.setHasVector(HasVectorFilter.newBuilder().setVectorName(hasVector.vectorName()));
            case Filter.TextMatch match ->
                encoded.setTextMatch(TextMatchFilter.newBuilder()
                        .setField(match.field())
                        .setQuery(match.query())
                        .setMode(
                                switch (match.mode()) {
                                    case ALL -> TextMatchMode.TEXT_MATCH_MODE_ALL;
                                    case ANY -> TextMatchMode.TEXT_MATCH_MODE_ANY;
                                    case PHRASE -> TextMatchMode.TEXT_MATCH_MODE_PHRASE;
                                }));
            case Filter.Under under -> {
                PathFilter.Builder path =
                        PathFilter.newBuilder().setField(under.field()).setPath(under.path());
                under.maxDepth().ifPresent(path::setMaxDepth);
                encoded.setPath(path);
            }
            case Filter.GeoRadius circle ->
                encoded.setGeoRadius(GeoRadiusFilter.newBuilder()
                        .setField(circle.field())
                        .setCenter(FieldValues.encode(circle.center()))
                        .setRadiusMeters(circle.radiusMeters()));
            case Filter.GeoBox box ->
                encoded.setGeoBox(GeoBoxFilter.newBuilder()
                        .setField(box.field())
                        .setSouthWest(FieldValues.encode(box.southWest()))
                        .setNorthEast(FieldValues.encode(box.northEast())));
            case Filter.GeoPolygon polygon -> {
                GeoPolygonFilter.Builder region =
                        GeoPolygonFilter.newBuilder().setField(polygon.field()).setExterior(ring(polygon.exterior()));
                polygon.holes().forEach(hole -> region.addHoles(ring(hole)));
                encoded.setGeoPolygon(region);
            }
            case Filter.Nested nested ->
                encoded.setNested(
                        NestedFilter.newBuilder().setField(nested.field()).setFilter(encode(nested.filter())));
        }
        return encoded.build();
    }

    private static GeoRing ring(List<GeoPoint> corners) {
        GeoRing.Builder ring = GeoRing.newBuilder();
        corners.forEach(corner -> ring.addPoints(FieldValues.encode(corner)));
        return ring.build();
    }

    private static ValuesCountFilter encode(Filter.ValuesCount count) {
        ValuesCountFilter.Builder encoded = ValuesCountFilter.newBuilder().setField(count.field());
        count.gt().ifPresent(encoded::setGt);
        count.gte().ifPresent(encoded::setGte);
        count.lt().ifPresent(encoded::setLt);
        count.lte().ifPresent(encoded::setLte);
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
