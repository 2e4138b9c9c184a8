package io.knarr.server.engine;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Takes named sections one after another, in the order in which they will be loaded. For one thread. */
public interface SectionSink {
    /** Ends the section before, if any, and begins the next. @throws IllegalArgumentException if there is one of that name */
    void begin(String name) throws IOException;

    /** Adds bytes to the section; they are taken before this returns. */
    void write(MemorySegment bytes) throws IOException;
}
