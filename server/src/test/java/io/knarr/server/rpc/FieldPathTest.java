package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FieldPathTest {
    @Test
    void readsLikeTheRequest() {
        FieldPath path = FieldPath.of("records")
                .index(3)
                .field("vectors")
                .key("default")
                .field("values")
                .index(17);

        assertThat(path).hasToString("records[3].vectors[\"default\"].values[17]");
    }

    @Test
    void escapesWhatCouldNotStandInAHeader() {
        assertThat(FieldPath.of("fields").key("a\"\\\r\né")).hasToString("fields[\"a\\\"\\\\\\u000d\\u000a\\u00e9\"]");
    }

    @Test
    void showsOnlyTheBeginningOfALongKey() {
        assertThat(FieldPath.of("fields").key("k".repeat(1_000_000)).toString())
                .hasSize("fields[\"...\"]".length() + 128)
                .endsWith("k...\"]");
    }
}
