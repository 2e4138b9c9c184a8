package io.knarr.cli.format;

import java.util.Locale;
import java.util.Optional;

/** A file format that records can be imported from. */
public enum RecordFormat {
    /** One JSON object per line: id, fields and vectors. */
    JSONL,
    /** Nothing but float32 components, little-endian, row after row; the dimension is told. */
    F32,
    /** Rows of an int32 dimension and as many float32 components, all little-endian. */
    FVECS,
    /** A NumPy array of float32, two-dimensional, in C order. */
    NPY;

    /** Returns the format that the file's name ends in; empty if it ends in none. */
    public static Optional<RecordFormat> ofFileName(String name) {
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return switch (extension) {
            case "jsonl", "ndjson" -> Optional.of(JSONL);
            case "f32", "raw" -> Optional.of(F32);
            case "fvecs" -> Optional.of(FVECS);
            case "npy" -> Optional.of(NPY);
            default -> Optional.empty();
        };
    }
}
