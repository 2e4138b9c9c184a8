package io.knarr.server.engine;

import io.knarr.server.engine.kernel.SignKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Moves single rows in and out of blocks of sixteen rows' signs. */
final class SignColumns {
    private SignColumns() {}

    /** Returns where a row's column begins. */
    static long at(CodeLayout layout, int place) {
        return place / SignKernel.ROWS_PER_BLOCK * layout.signBlockBytes()
                + (long) place % SignKernel.ROWS_PER_BLOCK * Integer.BYTES;
    }

    /** Copies a row's signs and factors. */
    static void copy(CodeLayout layout, MemorySegment from, int place, MemorySegment to, int targetPlace) {
        long source = at(layout, place);
        long target = at(layout, targetPlace);
        for (int word = 0; word < layout.words() + 2; word++) {
            long step = (long) word * SignKernel.WORD_BYTES;
            to.set(ValueLayout.JAVA_INT, target + step, from.get(ValueLayout.JAVA_INT, source + step));
        }
    }
}
