package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import io.knarr.server.engine.SegmentException;
import io.knarr.server.engine.SegmentWriter;
import io.knarr.server.model.Collection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of an account's collections: one file each, named by the collection's number, or none at all where nothing is kept on disk.
 * Images are derived from the records: one that is lost or damaged is logged, and costs the time to read all records. Thread-safe.
 */
public final class AccountImages {
    private static final Logger log = LoggerFactory.getLogger(AccountImages.class);
    private static final String SUFFIX = ".img";
    private static final AccountImages NONE = new AccountImages(null, new Semaphore(0));

    private final @Nullable Path directory;
    private final Semaphore closing;

    private AccountImages(@Nullable Path directory, Semaphore closing) {
        this.directory = directory;
        this.closing = closing;
    }

    /** Returns no images: nothing is read, nothing written. */
    public static AccountImages none() {
        return NONE;
    }

    /**
     * Returns the images in a directory of the account's own; it is made when the first is written.
     *
     * @param closing as many permits as collections that were let go may stay in memory until their images are written
     */
    static AccountImages in(Path directory, Semaphore closing) {
        return new AccountImages(requireNonNull(directory, "directory is null"), closing);
    }

    /** Returns whether images are kept. */
    boolean areKept() {
        return directory != null;
    }

    Semaphore closing() {
        return closing;
    }

    /** Opens the image of a collection, if there is one that can be used; one that cannot is deleted. The caller releases its table. */
    Optional<CollectionImage> open(Collection collection) {
        if (directory == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(CollectionImage.open(file(directory, collection.number()), collection));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (SegmentException | IOException e) {
            log.warn("Image of a collection cannot be used, collection={}", collection.incarnation(), e);
            delete(collection.number());
            return Optional.empty();
        }
    }

    /** Writes an image, durably, in the place of the one before. @throws IOException if the disk is full or fails */
    void write(Collection collection, long lineage, RowTable.View view) throws IOException {
        if (directory != null) {
            Files.createDirectories(directory);
            CollectionImage.write(file(directory, collection.number()), collection, lineage, view);
        }
    }

    /** Deletes the image of a collection, if there is one. A failure is logged: nobody will take it for another's. */
    void delete(int collectionNumber) {
        if (directory != null) {
            deleteQuietly(file(directory, collectionNumber));
        }
    }

    /** Deletes the images of collections that do not exist, and what an interrupted write left. */
    void keepOnly(Set<Integer> collectionNumbers) {
        if (directory == null || !Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            List<Path> orphans = entries.filter(path -> !collectionNumbers.contains(numberOf(path)))
                    .toList();
            orphans.forEach(AccountImages::deleteQuietly);
        } catch (IOException e) {
            log.warn("Images not listed, directory={}", directory, e);
        }
    }

    /** Returns the number of the collection that a file is an image of, or -1. */
    private static int numberOf(Path path) {
        String name = path.getFileName().toString();
        // A temporary file may be a write under way, of this account's life before: it will take its name or be
        // dropped.
        String image = name.endsWith(SegmentWriter.TEMPORARY_SUFFIX)
                ? name.substring(0, name.length() - SegmentWriter.TEMPORARY_SUFFIX.length())
                : name;
        try {
            return image.endsWith(SUFFIX) ? Integer.parseInt(image.substring(0, image.length() - SUFFIX.length())) : -1;
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    private static Path file(Path directory, int collectionNumber) {
        return directory.resolve(collectionNumber + SUFFIX);
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("Image not deleted, file={}", file, e);
        }
    }
}
