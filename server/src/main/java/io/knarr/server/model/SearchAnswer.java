package io.knarr.server.model;

import io.knarr.server.error.ServiceException;

/** What became of one of several searches of a call. */
public sealed interface SearchAnswer {
    /** What it found. */
    record Found(SearchResult result) implements SearchAnswer {}

    /** What is wrong with it. */
    record Failed(ServiceException failure) implements SearchAnswer {}
}
