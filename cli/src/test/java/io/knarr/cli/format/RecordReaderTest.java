package io.knarr.cli.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.knarr.v1.Record;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RecordReaderTest {
    private static List<Record> read(RecordFormat format, byte[] content, OptionalLong firstId) throws IOException {
        ImportSource source = new ImportSource(format, "default", OptionalInt.of(2), firstId, Set.of("seen"), true);
        List<Record> records = new ArrayList<>();
        try (RecordReader reader = source.open("file", new ByteArrayInputStream(content))) {
            for (Record record = reader.next(); record != null; record = reader.next()) {
                records.add(record);
            }
        }
        return records;
    }

    private static List<Record> lines(String content) throws IOException {
        return read(RecordFormat.JSONL, content.getBytes(UTF_8), OptionalLong.empty());
    }

    private static void assertMalformed(RecordFormat format, byte[] content, String... parts) {
        assertThatExceptionOfType(MalformedInputException.class)
                .isThrownBy(() -> read(format, content, OptionalLong.empty()))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static byte[] fvecsRow(int dimension, float... values) {
        return joined(
                ByteBuffer.allocate(Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(dimension)
                        .array(),
                floats(values));
    }

    private static byte[] npy(int version, String header, byte[] body) {
        byte[] length =
                version == 1 ? new byte[] {(byte) header.length(), 0} : new byte[] {(byte) header.length(), 0, 0, 0};
        byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0};
        return joined(magic, length, header.getBytes(ISO_8859_1), body);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    @Test
    void aRecordComesBackFromItsJsonAsItWas() throws Exception {
        String line = "{\"id\":18446744073709551615,\"fields\":{\"big\":9007199254740993,\"flag\":true,\"half\":0.5,"
                + "\"list\":[1,2],\"nested\":{\"a\":null},\"text\":\"7\",\"when\":{\"$timestamp\":\"2026-01-31T12:00:00.000000001Z\"},"
                + "\"whole\":1.0},\"vectors\":{\"default\":[0.1,-3.4028235E38],\"other\":[1.0,2.0]}}";

        List<Record> records = lines(line + "\n");

        assertThat(records).hasSize(1);
        assertThat(RecordJson.record(records.getFirst())).hasToString(line);
        assertThat(records.getFirst().getFieldsOrThrow("whole").hasDoubleValue())
                .isTrue();
    }

    @Test
    void theThreeKindsOfIdsStayApart() throws Exception {
        assertThat(lines("""
                {"id": 7, "vector": [1, 2]}

                {"id": "7", "vector": [1, 2]}
                {"id": {"uuid": "00000000-0000-0000-0000-000000000007"}, "vector": [1, 2]}"""))
                .extracting(record -> RecordJson.id(record.getId()).toString())
                .containsExactly("7", "\"7\"", "{\"uuid\":\"00000000-0000-0000-0000-000000000007\"}");
    }

    @Test
    void textOfADeclaredTimestampFieldIsATimestamp() throws Exception {
        assertThat(lines("{\"id\":1,\"vector\":[1,2],\"fields\":{\"seen\":\"1970-01-01T00:00:01Z\"}}")
                        .getFirst()
                        .getFieldsOrThrow("seen")
                        .getTimestampValue()
                        .getSeconds())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "{|ends too early",
                "{\"id\":1,\"vector\":[1,2]} x|not JSON",
                "{\"id\":1,\"vector\":[1,2],}|not JSON",
                "[1]|expected an object",
                "{\"vector\":[1,2]}|no id",
                "{\"id\":1}|no vector",
                "{\"id\":-1,\"vector\":[1]}|integer id",
                "{\"id\":1.5,\"vector\":[1]}|integer id",
                "{\"id\":true,\"vector\":[1]}|an id is",
                "{\"id\":1,\"id\":2,\"vector\":[1]}|twice",
                "{\"id\":1,\"vector\":[1],\"vectors\":{\"default\":[1]}}|twice",
                "{\"id\":1,\"vector\":[1],\"extra\":0}|'extra'",
                "{\"id\":1,\"vector\":[1e39]}|float32",
                "{\"id\":1,\"vector\":[NaN]}|not JSON",
                "{\"id\":1,\"vector\":[\"1\"]}|expected a number",
                "{\"id\":1,\"vector\":[1],\"fields\":{\"a\":9223372036854775808}}|64 bits",
                "{\"id\":1,\"vector\":[1],\"fields\":{\"a\":1e999}}|double",
                "{\"id\":1,\"vector\":[1],\"fields\":{\"seen\":\"yesterday\"}}|timestamp",
                "{\"id\":1,\"vector\":[1],\"fields\":{\"a\":1,\"a\":2}}|twice"
            })
    void aLineThatCannotBeUsedIsNamed(String line, String problem) {
        String before = "{\"id\":1,\"vector\":[1,2]}\n\n";
        assertMalformed(RecordFormat.JSONL, (before + line).getBytes(UTF_8), "file, line 3", problem);
    }

    @Test
    void aLineThatIsNotUtf8IsNamed() {
        assertMalformed(RecordFormat.JSONL, new byte[] {'{', (byte) 0xff, '}'}, "line 1", "not UTF-8");
    }

    @Test
    void runningNumbersAndIdsDoNotMix() throws Exception {
        byte[] without = "{\"vector\":[1,2]}\n{\"vector\":[3,4]}".getBytes(UTF_8);
        assertThat(read(RecordFormat.JSONL, without, OptionalLong.of(40)))
                .extracting(record -> record.getId().getUint64Id())
                .containsExactly(40L, 41L);
        assertThatExceptionOfType(MalformedInputException.class)
                .isThrownBy(() ->
                        read(RecordFormat.JSONL, "{\"id\":1,\"vector\":[1,2]}".getBytes(UTF_8), OptionalLong.of(40)));
    }

    @Test
    void rawFloatsAreRowsOfTheDimension() throws Exception {
        List<Record> records = read(RecordFormat.F32, floats(1, 2, 3, 4), OptionalLong.of(5));

        assertThat(records).extracting(record -> record.getId().getUint64Id()).containsExactly(5L, 6L);
        assertThat(records.get(1).getVectorsOrThrow("default").getValuesList()).containsExactly(3f, 4f);
        assertMalformed(RecordFormat.F32, floats(1, 2, 3), "row 1", "ends inside");
        assertMalformed(RecordFormat.F32, floats(1, 2, 3, Float.NaN), "row 1", "component 1 is not finite");
    }

    @Test
    void fvecsRowsBringTheirDimension() throws Exception {
        assertThat(read(RecordFormat.FVECS, joined(fvecsRow(2, 1, 2), fvecsRow(2, 3, 4)), OptionalLong.empty()))
                .hasSize(2);
        assertMalformed(
                RecordFormat.FVECS, joined(fvecsRow(2, 1, 2), fvecsRow(1, 3)), "row 1", "dimension is 1, and 2");
        assertMalformed(RecordFormat.FVECS, fvecsRow(2, 1), "row 0", "ends inside");
        assertMalformed(RecordFormat.FVECS, fvecsRow(-1), "row 0", "dimension is -1");
        assertMalformed(RecordFormat.FVECS, new byte[] {1, 0}, "row 0", "ends inside this row's dimension");
    }

    @Test
    void npyArraysOfFloat32AreRead() throws Exception {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n";
        for (int version : new int[] {1, 2, 3}) {
            List<Record> records =
                    read(RecordFormat.NPY, npy(version, header, floats(1, 2, 3, 4)), OptionalLong.empty());
            assertThat(records.get(1).getVectorsOrThrow("default").getValuesList())
                    .containsExactly(3f, 4f);
        }
        assertMalformed(RecordFormat.NPY, npy(1, header, floats(1, 2, 3)), "row 1", "ends inside");
        assertMalformed(RecordFormat.NPY, npy(1, header, floats(1, 2, 3, 4, 5)), "goes on after the 2 rows");
        assertMalformed(RecordFormat.NPY, npy(4, header, floats()), "header", "version");
        assertMalformed(RecordFormat.NPY, npy(1, header.replace("<f4", "<f8"), floats()), "'<f8'", "astype");
        assertMalformed(RecordFormat.NPY, npy(1, header.replace("False", "True"), floats()), "Fortran");
        assertMalformed(RecordFormat.NPY, npy(1, header.replace("(2, 2)", "(4,)"), floats()), "shape is (4,)");
        assertMalformed(RecordFormat.NPY, "nothing".getBytes(UTF_8), "not a NumPy array");
    }

    @Test
    void aMultiVectorIsAnArrayOfArraysAndIsWrittenSo() throws IOException {
        String line = "{\"id\":7,\"vectors\":{\"words\":[[0.5,1.0],[2.0,-3.0]]}}";
        Record record = lines(line).getFirst();
        assertThat(record.getVectorsOrThrow("words").getMulti().getRowsList())
                .extracting(row -> row.getValuesList())
                .containsExactly(List.of(0.5f, 1f), List.of(2f, -3f));
        assertThat(RecordJson.record(record)).hasToString(line);
        assertMalformed(
                RecordFormat.JSONL,
                "{\"id\": 7, \"vectors\": {\"words\": [[1], 2]}}".getBytes(UTF_8),
                "array of numbers");
        assertMalformed(
                RecordFormat.JSONL, "{\"id\": 7, \"vectors\": {\"words\": [1, [2]]}}".getBytes(UTF_8), "a number");
    }
}
