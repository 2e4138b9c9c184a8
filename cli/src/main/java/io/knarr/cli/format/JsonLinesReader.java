package io.knarr.cli.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One JSON record per line, in UTF-8. Blank lines are allowed. */
final class JsonLinesReader implements RecordReader {
    /** No record is larger on the wire; text takes more room. */
    private static final int MAX_LINE_BYTES = 64 << 20;

    private final ByteSource source;
    private final JsonRecordParser parser;
    private final OptionalLong firstId;
    private final boolean vectorsRequired;
    private long lineNumber;
    private long records;

    /**
     * Makes a reader.
     *
     * @param firstId given: the records are numbered from it, and must not bring ids
     * @param vectorsRequired whether a record without a vector is an error
     */
    JsonLinesReader(ByteSource source, JsonRecordParser parser, OptionalLong firstId, boolean vectorsRequired) {
        this.source = source;
        this.parser = parser;
        this.firstId = firstId;
        this.vectorsRequired = vectorsRequired;
    }

    @Override
    public @Nullable Record next() throws IOException {
        String line = nextLine();
        while (line != null && line.isBlank()) {
            line = nextLine();
        }
        if (line == null) {
            return null;
        }
        try {
            Record record = parser.parse(line);
            if (vectorsRequired && record.getVectorsCount() == 0) {
                throw new JsonRecordParser.Problem("the record has no vector");
            }
            return withId(record);
        } catch (JsonRecordParser.Problem e) {
            throw new MalformedInputException(place(), e.getMessage() == null ? "unreadable" : e.getMessage());
        }
    }

    private Record withId(Record record) throws JsonRecordParser.Problem {
        if (firstId.isEmpty()) {
            if (!record.hasId()) {
                throw new JsonRecordParser.Problem("the record has no id; --id-start N numbers the records");
            }
            return record;
        }
        if (record.hasId()) {
            throw new JsonRecordParser.Problem("the record has an id, and --id-start numbers the records");
        }
        return record.toBuilder()
                .setId(RecordId.newBuilder().setUint64Id(firstId.getAsLong() + records++))
                .build();
    }

    private @Nullable String nextLine() throws IOException {
        lineNumber++;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = source.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            if (line.size() >= MAX_LINE_BYTES) {
                throw new MalformedInputException(place(), "the line is longer than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(next);
            next = source.read();
        }
        try {
            return UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedInputException(place(), "the line is not UTF-8");
        }
    }

    @Override
    public String place() {
        return source.name() + ", line " + lineNumber;
    }

    @Override
    public long bytesRead() {
        return source.bytesRead();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
