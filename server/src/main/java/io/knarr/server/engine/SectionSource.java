package io.knarr.server.engine;

import java.lang.foreign.MemorySegment;

/** Named sections as they were written. Thread-safe. */
public interface SectionSource {
    /** Returns whether there is a section of that name. */
    boolean has(String name);

    /**
     * Returns a section's bytes, read-only, all of them verified. For small ones: every byte is looked at.
     *
     * @throws SegmentException if there is none, or it is damaged
     */
    MemorySegment read(String name);

    /**
     * Returns a section whose bytes are verified when they are first used.
     *
     * @throws SegmentException if there is none
     */
    MappedSection map(String name);
}
