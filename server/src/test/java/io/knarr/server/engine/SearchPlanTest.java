package io.knarr.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which way a query goes, by what the ways cost. */
final class SearchPlanTest {
    private static final SearchCosts COSTS = new SearchCosts(1, 20, 800, 2_000);

    @ParameterizedTest
    @CsvSource({
        // Within the budget of two milliseconds the answer is exact, though a walk would be faster.
        "1000000, 500000, false",
        "1900000, 190000, false",
        // Few matches are picked, however many rows there are.
        "100000000, 90000, false",
        // Beyond it the walk is taken where it is the faster one.
        "10000000, 5000000, true",
        "10000000, 200000, true",
        // So few that the beam becomes too wide.
        "400000000, 150000, false"
    })
    void filteredAnswersAreExactWithinTheBudgetAndThenWhereTheyAreFaster(int rows, int matches, boolean walks) {
        assertThat(plan(rows, filtered(rows, matches)).walks()).isEqualTo(walks);
    }

    @Test
    void theBudgetIsTheQuerys() {
        VectorQuery query = filtered(10_000_000, 5_000_000);
        assertThat(plan(10_000_000, query.withExactBudget(9_999_999)).walks()).isTrue();
        assertThat(plan(10_000_000, query.withExactBudget(10_000_000)).walks()).isFalse();
        assertThat(plan(100_000, filtered(100_000, 50_000)).walks()).isFalse();
        assertThat(plan(100_000, filtered(100_000, 50_000).withExactBudget(0)).walks())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"EXACT", "STRICT"})
    void exactAnswersAreNeverByAGraph(Accuracy accuracy) {
        VectorQuery all = approximate(50_000_000);
        assertThat(plan(50_000_000, all).walks()).isTrue();
        assertThat(plan(
                                50_000_000,
                                all.withAccuracy(accuracy).withExactBudget(0).withBeam(100))
                        .walks())
                .isFalse();
        VectorQuery some = filtered(50_000_000, 25_000_000);
        assertThat(plan(50_000_000, some.withAccuracy(accuracy).withExactBudget(0))
                        .walks())
                .isFalse();
    }

    @Test
    void withoutAFilterTheFasterWayIsTaken() {
        assertThat(plan(20_000, approximate(20_000)).walks()).isFalse();
        assertThat(plan(20_000, approximate(20_000).withBeam(100)).walks()).isTrue();
        assertThat(plan(1_000_000, approximate(1_000_000)).walks()).isTrue();
        SearchCosts slow = new SearchCosts(1, 20, 10_000, 10_000);
        assertThat(SearchPlan.withGraph(slow, GraphMode.FAST, 1_000_000, approximate(1_000_000))
                        .walks())
                .isFalse();
        // Rows that came after the graph are scanned in either case.
        assertThat(plan(500_000, approximate(1_000_000)).walks()).isTrue();
        assertThat(plan(500_000, approximate(1_000_000)).nanos())
                .isCloseTo(
                        500_000 + SearchPlan.WALK_NANOS + 800.0 * ApproximateSearch.defaultBeam(500_000, 10),
                        within(1.0));
    }

    @Test
    void aGraphIsNoWayToWideResultsOrToAViewOfFewOfItsRows() {
        VectorQuery wide = VectorQuery.of(new float[1], 50_000_000, 1_001).withAccuracy(Accuracy.APPROXIMATE);
        assertThat(plan(50_000_000, wide).walks()).isFalse();
        assertThat(plan(50_000_000, approximate(24_999_999)).walks()).isFalse();
        assertThat(plan(50_000_000, approximate(25_000_000)).walks()).isTrue();
    }

    @Test
    void noMoreMatchesThanAreWantedAreAllOfThemTheAnswer() {
        assertThat(plan(50_000, filtered(50_000, 10).withExactBudget(0)).walks())
                .isFalse();
        assertThat(plan(50_000, filtered(50_000, 0).withExactBudget(0)).walks()).isFalse();
        assertThat(plan(50_000, filtered(50_000, 11).withExactBudget(0)).walks())
                .isTrue();
    }

    @Test
    void theBeamGrowsWithTheRootOfHowRareMatchesAre() {
        int plain = plan(1_000_000, approximate(1_000_000)).beam();
        assertThat(plain).isEqualTo(ApproximateSearch.defaultBeam(1_000_000, 10));
        assertThat(plan(1_000_000, filtered(1_000_000, 10_000).withExactBudget(0))
                        .beam())
                .isEqualTo(10 * plain);
        assertThat(plan(1_000_000, filtered(1_000_000, 1_000_000).withExactBudget(0))
                        .beam())
                .isEqualTo(plain);
        assertThat(plan(1_000_000, filtered(1_000_000, 11).withExactBudget(0)).beam())
                .isEqualTo(VectorQuery.MAX_BEAM);
        assertThat(plan(
                                1_000_000,
                                filtered(1_000_000, 10_000).withExactBudget(0).withBeam(77))
                        .beam())
                .isEqualTo(77);
    }

    @Test
    void rowsArePickedWhereThatCostsNoMoreThanAScanOfAll() {
        assertThat(SearchPlan.picks(COSTS, 50, 1_000)).isTrue();
        assertThat(SearchPlan.picks(COSTS, 51, 1_000)).isFalse();
    }

    @Test
    void aGraphIsBuiltWhereAScanOfWhatNoneLinksTakesLongerThanAWalk() {
        double walk = SearchPlan.WALK_NANOS + ApproximateSearch.defaultBeam(1_000_000, 10) * 800.0;
        assertThat(SearchPlan.wantsGraph(COSTS, 1_000_000, (int) Math.ceil(walk)))
                .isTrue();
        assertThat(SearchPlan.wantsGraph(COSTS, 1_000_000, (int) walk - 1)).isFalse();
    }

    private static SearchPlan plan(int linked, VectorQuery query) {
        return SearchPlan.withGraph(COSTS, GraphMode.FAST, linked, query);
    }

    private static VectorQuery approximate(int rows) {
        return VectorQuery.of(new float[1], rows, 10).withAccuracy(Accuracy.APPROXIMATE);
    }

    private static VectorQuery filtered(int rows, int matches) {
        return approximate(rows).withMask(new long[rows / Long.SIZE + 1], matches);
    }
}
