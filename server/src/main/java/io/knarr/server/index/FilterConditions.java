package io.knarr.server.index;

import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.Filter.GeoPolygon;
import io.knarr.server.model.Filter.GeoRadius;
import io.knarr.server.model.Filter.OnField;
import io.knarr.server.model.Filter.TextMatch;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the conditions of a filter are made into, once for all segments. For one query, on one thread. */
final class FilterConditions {
    private final Map<OnField, FieldCondition> conditions = new HashMap<>();
    private final Map<OnField, Optional<TextCondition>> texts = new HashMap<>();
    private final Map<OnField, GeoRegion> regions = new HashMap<>();
    private final Map<TextMatch, WordQuery> words = new HashMap<>();

    /** Returns what a condition says of a value. */
    FieldCondition of(OnField filter) {
        return conditions.computeIfAbsent(filter, RowMatcher::condition);
    }

    /** Returns what a condition says of the bytes of a text, where it does. */
    Optional<TextCondition> text(OnField filter) {
        return texts.computeIfAbsent(filter, TextCondition::of);
    }

    WordQuery words(TextMatch filter) {
        return words.computeIfAbsent(filter, WordQuery::new);
    }

    GeoRegion region(GeoRadius filter) {
        return regions.computeIfAbsent(filter, _ -> GeoRegion.of(filter));
    }

    GeoRegion region(GeoBox filter) {
        return regions.computeIfAbsent(filter, _ -> GeoRegion.of(filter));
    }

    GeoRegion region(GeoPolygon filter) {
        return regions.computeIfAbsent(filter, _ -> new GeoPolygonRegion(filter, "geo_polygon"));
    }
}
