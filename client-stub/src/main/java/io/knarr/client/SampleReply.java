package io.knarr.client;

import java.util.List;

/**
 * Records picked at random.
 *
 * @param records in random order
 * @param seed what gives the same records again, as long as the same ones match
 */
public record SampleReply(List<KnarrRecord> records, long seed) {
    public SampleReply {
        records = List.copyOf(records);
    }
}
