package io.knarr.server.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Anonymous memory in huge pages, by mmap and madvise of Linux. Nothing is to be noticed of it elsewhere. */
@SuppressWarnings("restricted") // calls into the C library; the launcher allows native access
final class HugePages {
    private static final long HUGE_PAGE_BYTES = 2 << 20;

    // From the Linux headers; the same on the processors that Java runs on there.
    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private static final @Nullable Functions FUNCTIONS = find();

    /** Memory of which more than one in this many bytes would be left unused is not put in huge pages. */
    private static final int BYTES_PER_UNUSED_BYTE = 8;

    private HugePages() {}

    private record Functions(MethodHandle map, MethodHandle unmap, MethodHandle advise) {}

    /** Returns whether this system has them. */
    static boolean areAvailable() {
        return FUNCTIONS != null;
    }

    /** Returns whether this system has them and so many bytes, from the beginning of one, leave little of the last one unused. */
    static boolean suit(long bytes) {
        long unused = Math.ceilDiv(bytes, HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES - bytes;
        return areAvailable() && unused <= bytes / BYTES_PER_UNUSED_BYTE;
    }

    /**
     * Returns how many rows, at most {@code rows}, a block takes so that it suits huge pages; as many as were asked for where that is not
     * possible.
     */
    static long suitableRows(long rows, long rowBytes) {
        if (suit(rows * rowBytes)) {
            return rows;
        }
        long fitting = rows * rowBytes / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES / rowBytes;
        return fitting > 0 && suit(fitting * rowBytes) ? fitting : rows;
    }

    /** Returns zeroed memory that lives as long as the arena. @throws OutOfMemoryError if the machine has no room */
    static MemorySegment allocate(long bytes, Arena arena) {
        Functions functions = FUNCTIONS;
        if (functions == null) {
            throw new IllegalStateException("this system has no huge pages");
        }
        // A huge page more, so that the piece used can begin at one.
        long mapped = Math.ceilDiv(bytes, HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES + HUGE_PAGE_BYTES;
        long address = map(functions, mapped);
        long first = Math.ceilDiv(address, HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
        advise(functions, first, mapped - HUGE_PAGE_BYTES);
        return MemorySegment.ofAddress(first).reinterpret(bytes, arena, _ -> unmap(functions, address, mapped));
    }

    private static long map(Functions functions, long bytes) {
        try {
            long address = (long) functions.map.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (address == MAP_FAILED) {
                throw new OutOfMemoryError("cannot map native memory; bytes=" + bytes);
            }
            return address;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Asks for huge pages. A system that has none to give uses small ones; that is no failure. */
    private static void advise(Functions functions, long address, long bytes) {
        try {
            int ignored = (int) functions.advise.invokeExact(address, bytes, MADV_HUGEPAGE);
            assert ignored <= 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static void unmap(Functions functions, long address, long bytes) {
        try {
            if ((int) functions.unmap.invokeExact(address, bytes) != 0) {
                throw new IllegalStateException("cannot unmap native memory; bytes=" + bytes);
            }
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static RuntimeException unexpected(Throwable failure) {
        return switch (failure) {
            case Error error -> throw error;
            case RuntimeException exception -> exception;
            default -> new IllegalStateException("a call into the C library failed", failure);
        };
    }

    private static @Nullable Functions find() {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        // Only Linux has this file, and by it says whether advice is followed.
        if (!Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"))) {
            return null;
        }
        Optional<MemorySegment> map = library.find("mmap");
        Optional<MemorySegment> unmap = library.find("munmap");
        Optional<MemorySegment> advise = library.find("madvise");
        if (map.isEmpty() || unmap.isEmpty() || advise.isEmpty()) {
            return null;
        }
        ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
        ValueLayout.OfInt flag = ValueLayout.JAVA_INT;
        return new Functions(
                linker.downcallHandle(
                        map.get(), FunctionDescriptor.of(number, number, number, flag, flag, flag, number)),
                linker.downcallHandle(unmap.get(), FunctionDescriptor.of(flag, number, number)),
                linker.downcallHandle(advise.get(), FunctionDescriptor.of(flag, number, number, flag)));
    }
}
