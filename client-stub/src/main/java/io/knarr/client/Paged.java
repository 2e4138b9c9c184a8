package io.knarr.client;

import static java.util.Objects.requireNonNull;

import io.grpc.Status;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A whole list, read a page at a time while it is walked. Each walk starts anew and holds one page in memory.
 *
 * <p>Walking throws {@link KnarrException} when a page cannot be read. An iterator belongs to one thread.
 */
public final class Paged<T> implements Iterable<T> {
    private final Function<String, Page<T>> pages;

    Paged(Function<String, Page<T>> pages) {
        this.pages = requireNonNull(pages, "pages is null");
    }

    @Override
    public Iterator<T> iterator() {
        return new PageWalk<>(pages);
    }

    /** Returns a sequential stream over the list. */
    public Stream<T> stream() {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    private static final class PageWalk<T> implements Iterator<T> {
        private final Function<String, Page<T>> pages;
        private Iterator<T> items;
        private String nextToken;

        private PageWalk(Function<String, Page<T>> pages) {
            this.pages = pages;
            Page<T> first = pages.apply("");
            this.items = first.items().iterator();
            this.nextToken = first.nextToken();
        }

        @Override
        public boolean hasNext() {
            while (!items.hasNext() && !nextToken.isEmpty()) {
                Page<T> page = pages.apply(nextToken);
                if (page.nextToken().equals(nextToken)) {
                    // Every page must get further, or a broken server would hold the caller forever.
                    throw KnarrException.ofClient(Status.Code.INTERNAL, "A page names itself as the next one");
                }
                items = page.items().iterator();
                nextToken = page.nextToken();
            }
            return items.hasNext();
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException("The list is at its end");
            }
            return items.next();
        }
    }
}
