package io.knarr.server.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What automata say of texts, beside what the expressions mean. */
class PatternAutomatonTest {
    private static final String[] ATOMS = {
        "a",
        "b",
        "c",
        "ab",
        "\u00e5",
        "\ud83d\ude00",
        ".",
        "[ab]",
        "[^a]",
        "[a-c1-3]",
        "\\d",
        "\\W",
        "\\s",
        "\\.",
        "\n",
        "[^\\d]",
        "[\\w-]",
        "1",
        " "
    };
    private static final String[] LETTERS = {
        "a", "b", "c", "\u00e5", "\u00df", "\ud83d\ude00", "\uffee", ".", "1", " ", "\n", "-", "_", "\u0000", "A"
    };

    private final SplittableRandom random = new SplittableRandom(5);

    private String expression(int depth) {
        StringBuilder expression = new StringBuilder();
        for (int count = random.nextInt(4); count >= 0; count--) {
            String part = depth > 0 && random.nextInt(4) == 0
                    ? (random.nextBoolean() ? "(?:" : "(") + expression(depth - 1) + ")"
                    : ATOMS[random.nextInt(ATOMS.length)];
            expression.append(part);
            expression.append(
                    switch (random.nextInt(14)) {
                        case 0 -> "*";
                        case 1 -> "+";
                        case 2 -> "?";
                        case 3 -> "{2}";
                        case 4 -> "{1,3}";
                        case 5 -> "{2,}?";
                        case 6 -> "|";
                        case 7 -> random.nextInt(3) == 0 ? "^" : "";
                        case 8 -> random.nextInt(3) == 0 ? "$" : "";
                        default -> "";
                    });
        }
        return (random.nextInt(5) == 0 ? "^" : "") + expression + (random.nextInt(5) == 0 ? "$" : "");
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int count = random.nextInt(12); count > 0; count--) {
            text.append(LETTERS[random.nextInt(LETTERS.length)]);
        }
        return text.toString();
    }

    private static boolean holds(PatternAutomaton automaton, String text) {
        byte[] utf8 = ("x" + text + "x").getBytes(UTF_8);
        return automaton.holds(utf8, 1, utf8.length - 1);
    }

    @Test
    void automataSayWhatTheExpressionsMean() {
        int known = 0;
        int matched = 0;
        for (int i = 0; i < 4_000; i++) {
            String expression = expression(2);
            Optional<PatternAutomaton> automaton = PatternAutomaton.of(expression);
            known += automaton.isPresent() ? 1 : 0;
            TextPattern pattern = TextPattern.compile(expression, "pattern");
            for (int j = 0; j < 40 && automaton.isPresent(); j++) {
                String text = text();
                boolean expected = pattern.isIn(text);
                matched += expected ? 1 : 0;
                assertThat(holds(automaton.get(), text))
                        .as("%s in %s", expression, text)
                        .isEqualTo(expected);
                if (expected) {
                    assertThat(text).startsWith(automaton.get().prefix());
                    for (byte[] literal : automaton.get().literals()) {
                        assertThat(text).as(expression).contains(new String(literal, UTF_8));
                    }
                }
            }
        }
        assertThat(known).isGreaterThan(3_500);
        assertThat(matched).isBetween(20_000, 140_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?i)a",
                "\\bword",
                "\\pL",
                "\\x41",
                "\\Qa\\E",
                "[[:alpha:]]",
                "[\u00e5-\u00f6]",
                "(?P<name>a)",
                "a{",
                "x\\z",
                "]"
            })
    void whatIsNotKnownIsLeftAlone(String expression) {
        assertThat(TextPattern.compile(expression, "pattern")).isNotNull();
        assertThat(PatternAutomaton.of(expression)).isEmpty();
    }

    @Test
    void expressionsOfManyStatesAreAnsweredInLittleMemory() {
        String expression = "[ab]*a[ab]{12}c";
        PatternAutomaton automaton = PatternAutomaton.of(expression).orElseThrow();
        TextPattern pattern = TextPattern.compile(expression, "pattern");
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder();
            for (int letter = 0; letter < 100; letter++) {
                text.append("ab".charAt(random.nextInt(2)));
            }
            text.append(random.nextBoolean() ? "c" : "");
            assertThat(holds(automaton, text.toString())).isEqualTo(pattern.isIn(text.toString()));
        }
    }

    @Test
    void largeExpressionsAreLeftAlone() {
        assertThat(PatternAutomaton.of("a{1000}")).isEmpty();
        assertThat(PatternAutomaton.of("(a{30}){30}")).isPresent();
    }
}
