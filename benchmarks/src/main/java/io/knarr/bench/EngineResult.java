package io.knarr.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What {@code bench engine} has measured so far, and its result line. Outlives the engines and libraries that were measured. */
final class EngineResult {
    /** Recalls at which contenders are compared, ascending. */
    static final List<Double> RECALLS = List.of(0.90, 0.95, 0.98, 0.99);

    /** What our engine with the fast graph is called. */
    static final String FAST = "fast";

    /** What our engine with the compact graph is called. */
    static final String COMPACT = "compact";

    private final int rowCount;
    private final Map<String, List<Curve.Point>> points = new LinkedHashMap<>();
    private final Map<String, List<Curve.Point>> twoThreads = new LinkedHashMap<>();
    private final Map<String, Double> ownBuildRates = new LinkedHashMap<>();
    private final Map<String, Double> ownBytes = new TreeMap<>();
    private Map<String, @Nullable Object> exact = Map.of();
    private Map<String, @Nullable Object> filtered = Map.of();
    private Map<String, @Nullable Object> approximate = Map.of();
    private @Nullable Double exactHotBytes;

    EngineResult(int rowCount) {
        this.rowCount = rowCount;
    }

    /** Takes the bytes per row that exact search reads; the first of several counts, they are alike. */
    void putExactHot(double bytesPerRow) {
        if (exactHotBytes == null) {
            exactHotBytes = bytesPerRow;
        }
    }

    /** Takes what building one of our graphs took and how large it is with its codes. */
    void putBuilt(EngineRows engine) {
        ownBuildRates.put(engine.name(), rowCount / engine.buildCpuSeconds());
        ownBytes.put(engine.name(), engine.hotBytesPerRow());
    }

    void putExact(Map<String, @Nullable Object> figures) {
        exact = figures;
    }

    void putFiltered(Map<String, @Nullable Object> figures) {
        filtered = figures;
    }

    void putApproximate(Map<String, @Nullable Object> figures) {
        approximate = figures;
    }

    /** Takes the time of FAISS's flat index where it was measured apart from ours. */
    void putFlat(double microseconds) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>(exact);
        figures.put(ExactLatency.FLAT, ResultLine.rounded(microseconds));
        if (figures.get(ExactLatency.ALL) instanceof Double ours) {
            figures.put("vs_faiss_flat", ResultLine.rounded(microseconds / ours));
        }
        exact = figures;
    }

    void putPoints(Map<String, List<Curve.Point>> more) {
        points.putAll(more);
    }

    void putTwoThreads(Map<String, List<Curve.Point>> more) {
        twoThreads.putAll(more);
    }

    /** Returns the points of each contender that was measured with one thread, by its name. */
    Map<String, List<Curve.Point>> points() {
        return points;
    }

    /**
     * Adds all keys to a result.
     *
     * @param threaded whether two query threads were asked for
     */
    void putInto(ResultLine line, EnginePeers others, boolean threaded) {
        line.putValue("exact", exact)
                .putValue("graph", own(FAST))
                .putValue("graph_compact", own(COMPACT))
                .putValue("approximate", approximate)
                .putValue("peers", ofPeers(others, this::peerPoints))
                .putValue("peer_settings", settings(others))
                .putValue("ratio", ratios(FAST, others))
                .putValue("ratio_compact", ratios(COMPACT, others));
        if (threaded) {
            line.putValue("two_threads", twoThreads(others));
        }
        line.putValue("filtered", filtered)
                .putValue("build", build(others))
                .putValue("bytes_per_vector", bytes(others));
    }

    private List<Map<String, @Nullable Object>> own(String name) {
        return of(name).stream().map(point -> figures("beam", point)).toList();
    }

    private List<Curve.Point> of(String name) {
        return points.getOrDefault(name, List.of());
    }

    private static Map<String, @Nullable Object> figures(String parameter, Curve.Point point) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put(parameter, point.parameter());
        figures.put("recall", ResultLine.rounded(point.recall()));
        figures.put("qps_cpu", ResultLine.rounded(point.qpsCpu()));
        figures.put("qps_wall", ResultLine.rounded(point.qpsWall()));
        return figures;
    }

    /** Asks for a figure of each peer by its name; a peer that is missing has null. */
    private static Map<String, @Nullable Object> ofPeers(EnginePeers others, Figure figure) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        others.all()
                .forEach((name, peer) -> figures.put(name, peer.map(figure::of).orElse(null)));
        return figures;
    }

    private @Nullable Object peerPoints(PeerProcess peer) {
        List<Curve.Point> measured = points.get(peer.name());
        return measured == null
                ? null
                : measured.stream().map(point -> figures("parameter", point)).toList();
    }

    private static Map<String, @Nullable Object> settings(EnginePeers others) {
        Map<String, @Nullable Object> settings = ofPeers(others, PeerProcess::about);
        others.flat().ifPresent(flat -> settings.put(flat.name(), flat.about()));
        return settings;
    }

    private Map<String, @Nullable Object> ratios(String ours, EnginePeers others) {
        Curve own = new Curve(of(ours));
        return ofPeers(others, peer -> {
            List<Curve.Point> theirs = points.get(peer.name());
            return theirs == null ? null : ratios(own, new Curve(theirs));
        });
    }

    static Map<String, @Nullable Object> ratios(Curve ours, Curve theirs) {
        Map<String, @Nullable Object> ratios = new LinkedHashMap<>();
        for (double recall : RECALLS) {
            OptionalDouble ratio = ours.ratioTo(theirs, recall);
            ratios.put(
                    String.format(Locale.ROOT, "%.2f", recall),
                    ratio.isPresent() ? ResultLine.rounded(ratio.getAsDouble()) : null);
        }
        return ratios;
    }

    private Map<String, @Nullable Object> twoThreads(EnginePeers others) {
        List<String> names = new ArrayList<>(ownBuildRates.keySet());
        names.addAll(others.all().keySet());
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        for (String name : names) {
            List<Curve.Point> measured = twoThreads.get(name);
            figures.put(
                    name,
                    measured == null
                            ? null
                            : measured.stream().map(this::threadedFigures).toList());
        }
        return figures;
    }

    private Map<String, @Nullable Object> threadedFigures(Curve.Point point) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("parameter", point.parameter());
        figures.put("recall", ResultLine.rounded(point.recall()));
        figures.put("qps_wall", ResultLine.rounded(point.qpsWall()));
        return figures;
    }

    private Map<String, @Nullable Object> build(EnginePeers others) {
        Map<String, @Nullable Object> rates = new LinkedHashMap<>();
        ownBuildRates.forEach((name, rate) -> rates.put(name, ResultLine.rounded(rate)));
        rates.putAll(ofPeers(others, peer -> ResultLine.rounded(rowCount / peer.buildCpuSeconds())));
        Map<String, @Nullable Object> build = new LinkedHashMap<>();
        Object ours = rates.get(FAST);
        Object faiss = rates.get(EnginePeers.FAISS);
        build.put("rows_per_cpu_s", ours);
        build.put(
                "vs",
                ours instanceof Double fast && faiss instanceof Double flat ? ResultLine.rounded(fast / flat) : null);
        build.put("rates", rates);
        return build;
    }

    private Map<String, @Nullable Object> bytes(EnginePeers others) {
        Map<String, @Nullable Object> bytes = new LinkedHashMap<>();
        bytes.put("exact_hot", rounded(exactHotBytes));
        for (String name : List.of(COMPACT, FAST)) {
            bytes.put(name, rounded(ownBytes.get(name)));
        }
        bytes.put("peers", ofPeers(others, peer -> ResultLine.rounded(peer.bytes() / rowCount)));
        return bytes;
    }

    private static @Nullable Double rounded(@Nullable Double value) {
        return value == null ? null : ResultLine.rounded(value);
    }

    @FunctionalInterface
    private interface Figure {
        @Nullable
        Object of(PeerProcess peer);
    }
}
