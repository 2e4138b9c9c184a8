package io.knarr.cli.format;

import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How a file of records is read.
 *
 * @param format the file's format
 * @param vectorName the name of the vectors that come without one
 * @param dimension components per row; {@link RecordFormat#F32} needs it, the others bring it
 * @param firstId the first of running ids; files of nothing but vectors count from 0 without it
 * @param timestampFields the top-level fields whose text is a timestamp
 * @param vectorsRequired whether a JSON record without a vector is an error
 */
public record ImportSource(
        RecordFormat format,
        String vectorName,
        OptionalInt dimension,
        OptionalLong firstId,
        Set<String> timestampFields,
        boolean vectorsRequired) {
    public ImportSource {
        timestampFields = Set.copyOf(timestampFields);
        if (dimension.isPresent()
                && (dimension.getAsInt() < 1 || dimension.getAsInt() > VectorFileReader.MAX_DIMENSION)) {
            throw new IllegalArgumentException("dimension must be 1 to 65536: " + dimension.getAsInt());
        }
    }

    /**
     * Returns a reader of the input, which it closes.
     *
     * @param name what messages call the input
     * @throws MalformedInputException if its header cannot be used
     */
    public RecordReader open(String name, InputStream input) throws IOException {
        ByteSource source = new ByteSource(name, input);
        return switch (format) {
            case JSONL ->
                new JsonLinesReader(
                        source, new JsonRecordParser(vectorName, timestampFields), firstId, vectorsRequired);
            case F32 ->
                new RawFloatReader(
                        source,
                        vectorName,
                        firstId.orElse(0),
                        dimension.orElseThrow(() ->
                                new MalformedInputException(name, "raw float32 needs --dim, the components per row")));
            case FVECS -> new FvecsReader(source, vectorName, firstId.orElse(0));
            case NPY -> new NpyReader(source, vectorName, firstId.orElse(0));
        };
    }
}
