package io.knarr.server.index;

import io.knarr.server.model.SearchResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the stages of one search took, in the order they ended. For one thread at a time. */
final class StageTimes {
    private final List<SearchResult.Stage> stages = new ArrayList<>();

    /** Notes a stage that began at a {@link System#nanoTime} and has just ended. */
    void ended(String name, long startedAt) {
        add(name, Duration.ofNanos(System.nanoTime() - startedAt));
    }

    void add(String name, Duration duration) {
        stages.add(new SearchResult.Stage(name, duration));
    }

    boolean has(String name) {
        return stages.stream().anyMatch(stage -> stage.name().equals(name));
    }

    List<SearchResult.Stage> all() {
        return List.copyOf(stages);
    }
}
