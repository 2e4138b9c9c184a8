package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** What is learned from searches, and what is not. */
final class MachineCostsTest {
    private static final int SIZE = 512;
    private static final int ROWS = 100_000;
    private final MachineCosts costs = new MachineCosts(SIZE);

    @Test
    void nothingIsKnownBeforeEnoughSearches() {
        for (int i = 0; i < 127; i++) {
            costs.learnScan(ROWS, 9 * ROWS);
        }
        assertThat(costs.of(SIZE)).isEqualTo(SearchCosts.assumed(SIZE));
        assertThat(costs.of(1_000)).isEqualTo(SearchCosts.assumed(1_000));
        costs.learnScan(ROWS, 9 * ROWS);
        assertThat(costs.of(SIZE).scannedRow())
                .isGreaterThan(SearchCosts.assumed(SIZE).scannedRow());
    }

    @Test
    void whatIsForgottenIsAsBefore() {
        String before = costs.toString();
        for (int i = 0; i < 200; i++) {
            costs.learnScan(ROWS, 9 * ROWS);
            costs.learnPicked(2_000, 70 * 2_000);
            costs.learnWalk(GraphMode.FAST, 200, 500 * 200);
            costs.learnWalk(GraphMode.COMPACT, 200, 900 * 200);
        }
        assertThat(costs.of(SIZE)).isEqualTo(new SearchCosts(9, 70, 500, 900));
        costs.forget();
        assertThat(costs.of(SIZE)).isEqualTo(SearchCosts.assumed(SIZE));
        assertThat(costs).hasToString(before);
    }

    @Test
    void whatIsLearnedComesNearWhatSearchesTake() {
        for (int i = 0; i < 1_000; i++) {
            costs.learnScan(ROWS, 3 * ROWS);
            costs.learnPicked(2_000, 70 * 2_000);
            costs.learnWalk(GraphMode.FAST, 200, 500 * 200);
            costs.learnWalk(GraphMode.COMPACT, 200, 900 * 200);
        }
        SearchCosts known = costs.of(SIZE);
        assertThat(known.scannedRow()).isCloseTo(3, within(0.1));
        assertThat(known.pickedRow()).isCloseTo(70, within(1.0));
        assertThat(known.step(GraphMode.FAST)).isCloseTo(500, within(5.0));
        assertThat(known.step(GraphMode.COMPACT)).isCloseTo(900, within(9.0));
    }

    @Test
    void theFirstSearchesAndSmallOnesAreLetPass() {
        for (int i = 0; i < 64; i++) {
            costs.learnScan(ROWS, 1_000_000L * ROWS);
        }
        for (int i = 0; i < 64; i++) {
            costs.learnScan(MachineCosts.MIN_SCANNED_ROWS - 1, 1_000_000L * ROWS);
        }
        for (int i = 0; i < 64; i++) {
            costs.learnScan(ROWS, 2 * ROWS);
        }
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(2);
        assertThat(costs.seenScans()).isEqualTo(128);
    }

    @Test
    void whatWasLetPassCountsInNoWay() {
        learnScans(64, 0.5);
        learnScans(64, 2);
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(2);
    }

    @Test
    void oneSearchInSixteenThatWaitsForNoProcessorIsEnough() {
        for (int i = 0; i < 64 + 10 * 16; i++) {
            costs.learnScan(ROWS, (i % 16 == 5 ? 2L : 1_000L) * ROWS);
        }
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(2);
    }

    @Test
    void aCostFollowsByAQuarterOfTheWayEverySixteenTimes() {
        learnScans(128, 2);
        learnScans(15, 10);
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(2);
        learnScans(1, 10);
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(4);
        learnScans(16, 10);
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(5.5);
        // The shortest time of before does not count again.
        learnScans(16, 1);
        learnScans(16, 4.375);
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(4.375);
    }

    @Test
    void aTimeThatTheClockDidNotSeeIsNone() {
        learnScans(128, 2);
        learnScans(16, 0);
        learnScans(16, 2);
        assertThat(costs.of(SIZE).scannedRow()).isEqualTo(2);
        assertThat(costs.seenScans()).isEqualTo(144);
    }

    private void learnScans(int times, double nanosPerRow) {
        for (int i = 0; i < times; i++) {
            costs.learnScan(ROWS, Math.round(nanosPerRow * ROWS));
        }
    }
}
