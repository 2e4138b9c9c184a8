package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that the query bench asks for. */
class QueryTextsTest {
    @TempDir
    private Path directory;

    private Path file(String lines) throws IOException {
        return Files.writeString(directory.resolve("texts.jsonl"), lines, UTF_8);
    }

    @Test
    void textsOfAFileComeAgainWhereThereAreTooFew() throws IOException {
        QueryTexts texts = QueryTexts.read(file("{\"text\": \"one two\"}\n\n{\"id\": 2, \"text\": \"three four\"}\n"));

        assertThat(texts.of(0)).isEqualTo("one two");
        assertThat(texts.of(1)).isEqualTo("three four");
        assertThat(texts.of(2)).isEqualTo("one two");
        assertThat(texts.queries(3, 2)).hasSize(3).allSatisfy(query -> assertThat(query)
                .hasSize(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "{\"text\": [1]}", "{\"other\": \"a\"}", "[]", "{"})
    void aFileWithoutTextsIsRefused(String lines) throws IOException {
        Path file = file(lines);

        assertThatThrownBy(() -> QueryTexts.read(file))
                .isInstanceOf(UnusableInputException.class)
                .hasMessageContaining("--text");
    }

    @Test
    void madeTextsAreTheSameForTheSameRow() {
        assertThat(QueryTexts.made().of(7))
                .isEqualTo(QueryTexts.made().of(7))
                .isNotEqualTo(QueryTexts.made().of(8));
    }
}
