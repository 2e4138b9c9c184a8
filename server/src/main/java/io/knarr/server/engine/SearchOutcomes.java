package io.knarr.server.engine;

/** Makes outcomes of what a search kept. */
final class SearchOutcomes {
    private SearchOutcomes() {}

    /** Returns the answer; takes the rows out of {@code top}, whose keys become scores. */
    static SearchOutcome of(Similarity similarity, TopRows top, boolean exact, String plan, long scoredCount) {
        int[] rows = new int[top.size()];
        double[] scores = new double[top.size()];
        top.drain(rows, scores);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = PreciseScore.score(similarity, scores[i]);
        }
        return new SearchOutcome(rows, scores, exact, false, plan, scoredCount);
    }

    /** Returns the outcome of a search that was stopped: no answer. */
    static SearchOutcome stopped(String plan, long scoredCount) {
        return new SearchOutcome(new int[0], new double[0], false, true, plan, scoredCount);
    }
}
