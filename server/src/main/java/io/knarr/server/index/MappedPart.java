package io.knarr.server.index;

import io.knarr.server.engine.MappedSection;
import io.knarr.server.engine.SegmentException;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;

/**
 * A part of a section of an image's file.
 *
 * @param section the section
 * @param offset where the part begins
 * @param length bytes of it
 */
record MappedPart(MappedSection section, long offset, int length) {
    MappedPart {
        if (offset < 0 || length < 0 || length > section.byteSize() - offset) {
            throw SegmentException.damaged("Part of a section lies outside of it");
        }
    }

    /** Returns the bytes, verified. @throws SegmentException if they are not what was written */
    byte[] bytes() {
        return section.slice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Returns what the bytes say. @throws SegmentException if they are not what was written, or make no sense */
    <T> T read(Function<BinaryReader, T> codec) {
        byte[] bytes = bytes();
        try {
            BinaryReader reader = new BinaryReader(bytes, 0, bytes.length);
            T value = codec.apply(reader);
            if (!reader.atEnd()) {
                throw SegmentException.damaged("Part of a section has bytes left over");
            }
            return value;
        } catch (CorruptBytesException e) {
            throw SegmentException.damaged("Part of a section makes no sense: " + e.getMessage());
        }
    }
}
