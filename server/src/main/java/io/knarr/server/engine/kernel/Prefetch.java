package io.knarr.server.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Asks the processor to fetch memory into its second cache while the program goes on. A read that misses the caches holds up everything
 * behind it, and only some twenty such reads are under way at a time; a fetch into the second cache does neither.
 *
 * <p>Java has no such instruction, so this is a routine of five, in machine code, called as a critical function of some nanoseconds. It
 * reads and writes nothing a program could notice, and may name any address. There is none on other systems than Linux on x86-64, where
 * memory cannot be made executable, and with {@value #PROPERTY} set to {@code off}; then nothing happens.
 */
@SuppressWarnings("restricted") // calls into the C library and the routine; the launcher allows native access
public final class Prefetch {
    /** The system property that switches fetching ahead off. */
    public static final String PROPERTY = "knarr.kernel.prefetch";

    private static final int LINE_BYTES = 64;

    // From the Linux headers for x86-64.
    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int PROT_READ_EXEC = 0x1 | 0x4;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final long PAGE_BYTES = 4_096;

    /** By the System V calling convention: the address in rdi, the number of lines, which is not 0, in esi. */
    private static final byte[] ROUTINE = {
        0x0f,
        0x18,
        0x17, // next: prefetcht1 [rdi]
        0x48,
        (byte) 0x83,
        (byte) 0xc7,
        LINE_BYTES, // add rdi, 64
        (byte) 0xff,
        (byte) 0xce, // dec esi
        0x75,
        (byte) 0xf5, // jnz next
        (byte) 0xc3, // ret
    };

    private static final @Nullable MethodHandle FETCH = find();

    private Prefetch() {}

    /** Returns whether this process can fetch ahead. */
    public static boolean isAvailable() {
        return FETCH != null;
    }

    /** Begins to fetch the lines from an offset of a native segment on; does nothing where that is not possible. */
    public static void lines(MemorySegment memory, long offset, long bytes) {
        MethodHandle fetch = FETCH;
        if (fetch == null || bytes <= 0) {
            return;
        }
        try {
            fetch.invokeExact(memory.address() + offset, (int) ((bytes + LINE_BYTES - 1) / LINE_BYTES));
        } catch (Throwable e) {
            throw new IllegalStateException("the routine that fetches ahead failed", e);
        }
    }

    private static @Nullable MethodHandle find() {
        boolean fits = System.getProperty("os.name", "").equals("Linux")
                && System.getProperty("os.arch", "").equals("amd64");
        if (!fits || System.getProperty(PROPERTY, "on").equals("off")) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
        ValueLayout.OfInt flag = ValueLayout.JAVA_INT;
        try {
            MethodHandle map = linker.downcallHandle(
                    library.findOrThrow("mmap"),
                    FunctionDescriptor.of(number, number, number, flag, flag, flag, number));
            MethodHandle protect = linker.downcallHandle(
                    library.findOrThrow("mprotect"), FunctionDescriptor.of(flag, number, number, flag));
            long address = (long) map.invokeExact(0L, PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (address == -1) {
                return null;
            }
            // For as long as the process: one page.
            MemorySegment page = MemorySegment.ofAddress(address).reinterpret(PAGE_BYTES, Arena.global(), null);
            page.copyFrom(MemorySegment.ofArray(ROUTINE));
            if ((int) protect.invokeExact(address, PAGE_BYTES, PROT_READ_EXEC) != 0) {
                return null;
            }
            return linker.downcallHandle(page, FunctionDescriptor.ofVoid(number, flag), Linker.Option.critical(false));
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
}
