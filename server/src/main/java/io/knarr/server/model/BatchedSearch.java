package io.knarr.server.model;

import io.knarr.server.error.ServiceException;

/** One of several searches of a call: what is asked, or why it cannot be. */
public sealed interface BatchedSearch {
    /** A search that may be made. */
    record Wanted(SearchQuery query) implements BatchedSearch {}

    /** A search that nobody understands. */
    record Refused(ServiceException failure) implements BatchedSearch {}
}
