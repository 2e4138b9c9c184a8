package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import io.knarr.server.model.AccountNumber;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images of all accounts' collections: a directory for each account, named by its number, which no other account ever gets. Thread-safe. */
public final class IndexImages {
    private static final Logger log = LoggerFactory.getLogger(IndexImages.class);

    /** Collections of all accounts that were let go and stay in memory until their images are written. */
    private static final int MAX_CLOSING = 2;

    private final Optional<Path> directory;
    private final Semaphore closing = new Semaphore(MAX_CLOSING);

    private IndexImages(Optional<Path> directory) {
        this.directory = directory;
    }

    /** Returns no images: nothing is read, nothing written. */
    public static IndexImages none() {
        return new IndexImages(Optional.empty());
    }

    /** Returns the images in a directory, which need not exist. */
    public static IndexImages in(Path directory) {
        return new IndexImages(Optional.of(requireNonNull(directory, "directory is null")));
    }

    /** Returns those of one account. */
    public AccountImages forAccount(AccountNumber account) {
        return directory
                .map(path -> AccountImages.in(path.resolve(Long.toString(account.value())), closing))
                .orElse(AccountImages.none());
    }

    /** Deletes those of an account that does not exist any more. What fails is logged, and left to {@link #keepOnly}. */
    public void drop(AccountNumber account) {
        directory.ifPresent(path -> deleteTree(path.resolve(Long.toString(account.value()))));
    }

    /**
     * Deletes those of accounts that do not exist. Call before accounts are used.
     *
     * @param accountNumbers asked for the numbers of the accounts there are, if there are any images
     */
    public void keepOnly(Supplier<Set<Long>> accountNumbers) {
        if (directory.isEmpty() || !Files.isDirectory(directory.get())) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory.get())) {
            Set<Long> existing = accountNumbers.get();
            List<Path> orphans = entries.filter(path -> {
                        OptionalLong number = numberOf(path);
                        return number.isPresent() && !existing.contains(number.getAsLong());
                    })
                    .toList();
            orphans.forEach(IndexImages::deleteTree);
        } catch (IOException e) {
            log.warn("Images not listed, directory={}", directory.get(), e);
        }
    }

    private static OptionalLong numberOf(Path path) {
        try {
            return OptionalLong.of(Long.parseLong(path.getFileName().toString()));
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    private static void deleteTree(Path root) {
        if (!Files.isDirectory(root)) {
            return;
        }
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            log.warn("Images of a deleted account not deleted, directory={}", root, e);
        }
    }
}
