package io.knarr.server.engine;

/**
 * What the steps of a search take, in nanoseconds of one thread.
 *
 * @param scannedRow a row scanned by its signs, with its share of the rows that are then compared more closely
 * @param pickedRow a row picked out of the others by its number and scored by its 7-bit codes, likewise
 * @param fastStep a candidate in the beam of a search of a fast graph
 * @param compactStep the same of a compact graph
 */
record SearchCosts(double scannedRow, double pickedRow, double fastStep, double compactStep) {
    SearchCosts {
        if (!(scannedRow > 0 && pickedRow > 0 && fastStep > 0 && compactStep > 0)) {
            throw new IllegalArgumentException("costs are not positive; scannedRow=" + scannedRow + " pickedRow="
                    + pickedRow + " fastStep=" + fastStep + " compactStep=" + compactStep);
        }
    }

    /** Returns what rows of {@code size} coded components are thought to take before anything was measured. */
    static SearchCosts assumed(int size) {
        double share = size / 384.0;
        return new SearchCosts(0.1 + 1.2 * share, 8 + 22 * share, 60 + 180 * share, 500 + 900 * share);
    }

    double step(GraphMode mode) {
        return mode == GraphMode.FAST ? fastStep : compactStep;
    }
}
