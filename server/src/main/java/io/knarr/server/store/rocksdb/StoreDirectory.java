package io.knarr.server.store.rocksdb;

import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a store, and the files in it that are ours rather than RocksDB's: {@code knarr.store} marks it as a store,
 * {@code knarr.holder} says who has it open.
 *
 * <p>RocksDB's {@code LOCK} file is what keeps others out. It is never opened, written or deleted here: the lock belongs to the process,
 * not to the file, ends with the process, and closing any other handle on the file would give it up.
 */
final class StoreDirectory {
    private static final Logger log = LoggerFactory.getLogger(StoreDirectory.class);
    private static final String MARK_TEXT = "This directory is a Knarr store. Do not change its files.\n";

    private final Path path;
    private final Path mark;
    private final Path holder;

    StoreDirectory(Path path) {
        this.path = path.toAbsolutePath().normalize();
        this.mark = this.path.resolve("knarr.store");
        this.holder = this.path.resolve("knarr.holder");
    }

    Path path() {
        return path;
    }

    Path watermark() {
        return path.resolve("knarr.watermark");
    }

    /** Makes the directory if need be and marks it as a store; refuses one that holds something else. */
    void claim() {
        try {
            Files.createDirectories(path);
            if (Files.exists(mark)) {
                return;
            }
            Optional<Path> stranger;
            try (Stream<Path> entries = Files.list(path)) {
                // An empty file system has a lost+found.
                stranger =
                        entries.filter(entry -> !entry.endsWith("lost+found")).findFirst();
            }
            if (stranger.isPresent()) {
                throw new StoreException(
                        Kind.NOT_A_STORE,
                        "The directory is not empty and is not a Knarr store, choose another: directory=" + path
                                + ", found=" + stranger.get().getFileName(),
                        null);
            }
            Files.writeString(mark, MARK_TEXT, StandardOpenOption.CREATE_NEW, StandardOpenOption.SYNC);
        } catch (FileAlreadyExistsException e) {
            if (!Files.exists(mark)) {
                throw new StoreException(
                        Kind.NOT_A_STORE, "The path of the store is no directory: directory=" + path, e);
            }
            // Another process marked it in this very moment; the lock decides who gets it.
        } catch (IOException e) {
            throw new StoreException(
                    Kind.IO, "The directory of the store cannot be used: directory=" + path + ", reason=" + e, e);
        }
    }

    /** Says in the directory who holds it. Call with the lock won. Only for people's eyes, so a failure is not one of the store. */
    void sign() {
        ProcessHandle self = ProcessHandle.current();
        String text = "pid=" + self.pid() + "\nstarted="
                + self.info().startInstant().map(Instant::toString).orElse("unknown") + "\ncommand="
                + self.info().command().orElse("unknown") + "\n";
        try {
            Files.writeString(holder, text);
        } catch (IOException e) {
            log.warn("Holder file not written, file={}", holder, e);
        }
    }

    /** Takes the signature away. Call with the lock still held. */
    void unsign() {
        try {
            Files.deleteIfExists(holder);
        } catch (IOException e) {
            log.warn("Holder file not deleted, file={}", holder, e);
        }
    }

    /** Returns the failure to open a directory that somebody else has open. */
    StoreException inUse(Throwable cause) {
        return new StoreException(
                Kind.IN_USE, "The store is in use: directory=" + path + ", holder=" + describeHolder(), cause);
    }

    /** Copies the write-ahead log aside, before a recovery that cuts it. Returns where to. */
    Path saveLogs() throws IOException {
        Path aside = Files.createTempDirectory(path, "damaged-log-");
        for (Path file : logs()) {
            Files.copy(file, aside.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
        return aside;
    }

    /** Returns the bytes of the write-ahead log. */
    long logBytes() {
        long bytes = 0;
        try {
            for (Path file : logs()) {
                bytes += file.toFile().length(); // 0 for one that went away meanwhile
            }
        } catch (IOException e) {
            log.debug("Log files not listed, directory={}", path, e);
        }
        return bytes;
    }

    private List<Path> logs() throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> entry.toString().endsWith(".log")).toList();
        }
    }

    private String describeHolder() {
        Properties signature = new Properties();
        try {
            signature.load(new StringReader(Files.readString(holder, StandardCharsets.UTF_8)));
            long pid = Long.parseLong(signature.getProperty("pid", "-1"));
            Instant started = Instant.parse(signature.getProperty("started", ""));
            // The start time too: the number of a dead process, or of one in another container, may be somebody else's
            // here.
            boolean alive = ProcessHandle.of(pid)
                    .flatMap(process -> process.info().startInstant())
                    .filter(instant -> Duration.between(instant, started).abs().toSeconds() <= 1)
                    .isPresent();
            if (!alive) {
                return "unknown";
            }
            String who = pid == ProcessHandle.current().pid() ? "this process, pid " : "pid ";
            return who + pid + ", command " + signature.getProperty("command", "unknown") + ", started " + started;
        } catch (IOException | IllegalArgumentException | DateTimeParseException e) {
            log.debug("Holder file not readable, file={}", holder, e);
            return "unknown";
        }
    }
}
