package io.knarr.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An ext4 file system in a file, mounted through a loop device, whose power can be cut: what was not flushed to the image by then is lost,
 * as on a machine that loses power. Needs Linux, root, loop devices and e2fsprogs.
 */
final class LoopMount implements AutoCloseable {
    // EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32). The argument says what becomes of the journal: 2 = it is not flushed.
    private static final long SHUTDOWN = 0x8004587dL;
    private static final int NO_LOG_FLUSH = 2;
    private static final long COMMAND_SECONDS = 60;
    private static final int UNMOUNT_ATTEMPTS = 100;

    private final Path image;
    private final Path directory;
    private boolean mounted;

    private LoopMount(Path image, Path directory) {
        this.image = image;
        this.directory = directory;
    }

    /**
     * Makes a file system and mounts it.
     *
     * @throws IOException if this machine or this user may not do that
     */
    static LoopMount create(Path parent, long bytes) throws IOException, InterruptedException {
        Path image = parent.resolve("disk.ext4");
        Path directory = Files.createDirectories(parent.resolve("mount"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        run("mkfs.ext4", "-q", "-F", image.toString());
        LoopMount mount = new LoopMount(image, directory);
        mount.mount();
        return mount;
    }

    /** Returns where the file system is mounted. */
    Path directory() {
        return directory;
    }

    /** Mounts it, replaying its journal. */
    void mount() throws IOException, InterruptedException {
        run("mount", "-o", "loop", image.toString(), directory.toString());
        mounted = true;
    }

    /** Unmounts it. Tries again for a while where a process that was just killed still holds it. */
    void unmount() throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                run("umount", directory.toString());
                mounted = false;
                return;
            } catch (IOException e) {
                if (attempt == UNMOUNT_ATTEMPTS) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    /** Cuts the power: from now on every write fails, and what has not reached the image is lost. */
    @SuppressWarnings("restricted") // three calls of libc; there is no other way to shut a file system down
    void cutPower() throws IOException {
        Linker linker = Linker.nativeLinker();
        SymbolLookup symbols = linker.defaultLookup();
        MethodHandle open = linker.downcallHandle(
                symbols.findOrThrow("open"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        MethodHandle ioctl = linker.downcallHandle(
                symbols.findOrThrow("ioctl"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                Linker.Option.firstVariadicArg(2));
        MethodHandle close = linker.downcallHandle(
                symbols.findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment argument = arena.allocateFrom(ValueLayout.JAVA_INT, NO_LOG_FLUSH);
            int descriptor = (int) open.invokeExact(arena.allocateFrom(directory.toString()), 0);
            if (descriptor < 0) {
                throw new IOException("The mounted directory cannot be opened, path=" + directory);
            }
            int outcome = (int) ioctl.invokeExact(descriptor, SHUTDOWN, argument);
            int closed = (int) close.invokeExact(descriptor);
            if (outcome != 0 || closed != 0) {
                throw new IOException("The file system refused to shut down, outcome=" + outcome);
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) { // what invokeExact declares
            throw new IOException("The native call failed", e);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("The command did not end, command=" + List.of(command));
        }
        if (process.exitValue() != 0) {
            throw new IOException("The command failed, command=%s, output=%s".formatted(List.of(command), output));
        }
    }

    @Override
    public void close() throws IOException {
        if (!mounted) {
            return;
        }
        try {
            unmount();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
