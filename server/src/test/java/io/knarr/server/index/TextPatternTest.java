package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions of callers: what they may cost. */
class TextPatternTest {
    private static final String PATH = "filter.regex.pattern";

    private static ServiceException refusalOf(String expression) {
        ServiceException refusal =
                catchThrowableOfType(ServiceException.class, () -> TextPattern.compile(expression, PATH));
        assertThat(refusal).as("the pattern must be refused").isNotNull();
        assertThat(refusal.field()).hasValue(PATH);
        return refusal;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a{1000}",
                "(abc|d){1,200}",
                "[^]a]{100}",
                "[[:alpha:](]{100}x{2}",
                "\\Q({[*\\E{50}",
                "\\x{41}{5}",
                "\\p{Greek}{500}",
                "{a}",
                "a{,5}",
                "^(?i)(?:knarr|[a-z_]+)-\\d{1,3}$",
                ""
            })
    void ordinaryExpressionsAreTaken(String expression) {
        assertThat(TextPattern.compile(expression, PATH)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                ")",
                "[",
                "a{1001}",
                "*",
                "a**",
                "\\1",
                "(?=a)",
                "(?<!a)b",
                "\\",
                "[z-a]",
                "(?P<n>a)(?P<n>b)"
            })
    void whatIsNoExpressionIsRefused(String expression) {
        assertThat(refusalOf(expression).code()).isEqualTo(ErrorCode.INVALID_FILTER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((((a{100}){100}){100}){100}){100}",
                "(((((x{1,1000}){1,1000}){1,1000})*){1000})",
                "([[:alpha:]({1000}[)]{1000}){1000}",
                "((\\Q)\\E{1000}){1000}){1000}",
                "(((\\x{29}{1000}){1000}){1000})",
                "(((\\p{Greek}{1000}){1000}){1000})",
                "(?:(?:(?:[^]]{1000}){1000}){1000})",
                "\\pL{1000}\\pL{1000}\\pL{1000}\\pL{1000}\\pL{1000}"
            })
    @Timeout(10)
    void repetitionsWithinRepetitionsAreRefusedBeforeTheyTakeTheMemory(String expression) {
        assertThat(refusalOf(expression).code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 511})
    void groupsWithinGroupsAreRefusedBeforeTheyTakeTheStack(int depth) {
        assertThat(refusalOf("(".repeat(depth) + ")".repeat(depth)).code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        assertThat(refusalOf("(".repeat(depth)).code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    }

    /** Whatever the pieces are put together to, what gets past the estimate is not much larger than the limit. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @Timeout(120)
    void noExpressionTakesMoreThanItMay(long seed) {
        String[] pieces = {
            "a",
            "(",
            ")",
            "(",
            ")",
            "{1000}",
            "{20}",
            "{2,30}",
            "*",
            "|",
            "[",
            "]",
            "[^",
            "\\Q",
            "\\E",
            "[:alpha:]",
            "\\x{",
            "}",
            "\\p{",
            "\\",
            "{",
            ",",
            "?",
            "9",
            "[]",
            "^",
            "(?:",
            "(?i)",
            "-"
        };
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 5_000; i++) {
            StringBuilder expression = new StringBuilder();
            IntStream.range(0, random.nextInt(1, 24))
                    .forEach(_ -> expression.append(pieces[random.nextInt(pieces.length)]));
            try {
                assertThat(TextPattern.compile(expression.toString(), PATH)).isNotNull();
            } catch (ServiceException e) {
                assertThat(e.code()).isIn(ErrorCode.INVALID_FILTER, ErrorCode.LIMIT_EXCEEDED);
            }
        }
    }

    @Test
    @Timeout(20)
    void anExpressionThatOtherEnginesChokeOnTakesLinearTime() {
        assertThat(TextPattern.compile("^(a+)+$", PATH).isIn("a".repeat(100_000) + "b"))
                .isFalse();
        assertThat(TextPattern.compile("(a|a)*(a|a)*(a|a)*c", PATH).isIn("a".repeat(20_000)))
                .isFalse();
    }
}
