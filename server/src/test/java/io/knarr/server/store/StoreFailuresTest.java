package io.knarr.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StoreFailuresTest {
    @ParameterizedTest
    @CsvSource({
        "IO, STORE_UNAVAILABLE",
        "CORRUPT, RECORD_CORRUPT",
        "DISK_FULL, DISK_FULL",
        "CLOSED, SERVER_STOPPING",
        "IN_USE, STORE_UNAVAILABLE",
        "NOT_A_STORE, STORE_UNAVAILABLE",
        "TOO_NEW, STORE_UNAVAILABLE",
        "TOO_OLD, STORE_UNAVAILABLE"
    })
    void eachKindOfStoreFailureHasItsCode(StoreException.Kind kind, ErrorCode code) {
        StoreException failure = new StoreException(kind, "errno 5 in /var/lib/knarr/000012.log", null);

        ServiceException seen = StoreFailures.toServiceException(failure);

        assertThat(seen.code()).isEqualTo(code);
        assertThat(seen).hasCause(failure);
        assertThat(seen.getMessage()).as("paths stay in the log").doesNotContain("knarr");
    }
}
