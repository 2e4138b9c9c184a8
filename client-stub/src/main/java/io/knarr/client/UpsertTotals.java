package io.knarr.client;

/**
 * What {@link CollectionHandle#upsertAll} wrote, summed over its calls.
 *
 * @param records records acknowledged
 * @param created those of them whose ids were new
 * @param calls calls acknowledged
 */
public record UpsertTotals(long records, long created, long calls) {
    UpsertTotals plus(UpsertTotals other) {
        return new UpsertTotals(records + other.records, created + other.created, calls + other.calls);
    }
}
