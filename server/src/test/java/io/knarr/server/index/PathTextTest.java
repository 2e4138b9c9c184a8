package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths: their one form, and what lies below what. */
class PathTextTest {
    @ParameterizedTest
    @CsvSource({"/,/", "//,/", "/a,/a", "/a/,/a", "//a///b//,/a/b", "/a b/ c,/a b/ c", "/.../..a/.b,/.../..a/.b"})
    void pathsHaveOneForm(String text, String stored) {
        assertThat(PathText.normalised(text)).hasValue(stored);
        assertThat(PathText.normalised(stored)).hasValue(stored);
        assertThat(PathText.isNormalised(stored)).isTrue();
        assertThat(PathText.isNormalised(text)).isEqualTo(text.equals(stored));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a/b", "./a", "/a/./b", "/..", "/a/..", " /a"})
    void whatIsNoPathHasNone(String text) {
        assertThat(PathText.normalised(text)).isEmpty();
        assertThat(PathText.isNormalised(text)).isFalse();
    }

    @Test
    void pathsAreBounded() {
        assertThat(PathText.normalised("/a".repeat(256))).isPresent();
        assertThat(PathText.normalised("/a".repeat(257))).isEmpty();
        assertThat(PathText.normalised("/" + "a".repeat(4_095))).isPresent();
        assertThat(PathText.normalised("/" + "a".repeat(4_096))).isEmpty();
        assertThat(PathText.isNormalised("/a".repeat(256))).isTrue();
        assertThat(PathText.isNormalised("/a".repeat(257))).isFalse();
        assertThat(PathText.isNormalised("/" + "a".repeat(4_095))).isTrue();
        assertThat(PathText.isNormalised("/" + "a".repeat(4_096))).isFalse();
    }

    /** Compared with lists of segments. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void belowIsByWholeSegments(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String[] names = {"a", "ab", "b", "a b", "\u00e6"};
        for (int i = 0; i < 5_000; i++) {
            List<String> ancestor = segments(random, names);
            List<String> path = segments(random, names);
            int expected = path.size() >= ancestor.size()
                            && path.subList(0, ancestor.size()).equals(ancestor)
                    ? path.size() - ancestor.size()
                    : -1;

            assertThat(PathText.depthBelow(text(ancestor), text(path)))
                    .as("%s below %s", path, ancestor)
                    .isEqualTo(expected);
        }
    }

    private static List<String> segments(SplittableRandom random, String[] names) {
        return IntStream.range(0, random.nextInt(4))
                .mapToObj(_ -> names[random.nextInt(names.length)])
                .toList();
    }

    private static String text(List<String> segments) {
        Optional<String> text = PathText.normalised("/" + String.join("/", segments));
        return text.orElseThrow();
    }
}
