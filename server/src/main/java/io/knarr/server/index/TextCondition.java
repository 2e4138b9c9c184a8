package io.knarr.server.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.server.model.Filter.Contains;
import io.knarr.server.model.Filter.OnField;
import io.knarr.server.model.Filter.Regex;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A condition on single texts that is told from their bytes. For one query, on one thread.
 *
 * @param test tells
 * @param needle what is looked for, where it is no more than that
 * @param literals bytes that every text has which passes
 * @param prefix what every text begins with which passes; may be empty
 */
record TextCondition(TextScan.Test test, @Nullable ByteNeedle needle, List<byte[]> literals, String prefix) {
    /** Returns that of a filter; empty where it has none. */
    static Optional<TextCondition> of(OnField filter) {
        return switch (filter) {
            case Contains(String _, String substring) -> {
                byte[] utf8 = substring.getBytes(UTF_8);
                ByteNeedle needle = new ByteNeedle(utf8);
                yield Optional.of(new TextCondition(
                        (bytes, from, to) -> needle.find(bytes, from, to) >= 0, needle, List.of(utf8), ""));
            }
            case Regex(String _, String pattern) ->
                PatternAutomaton.of(pattern)
                        .map(automaton -> new TextCondition(automaton, null, automaton.literals(), automaton.prefix()));
            default -> Optional.empty();
        };
    }

    /** Returns whether signatures of threes say something about it. */
    boolean hasGrams() {
        return literals.stream().anyMatch(literal -> literal.length >= TextGrams.LENGTH);
    }
}
