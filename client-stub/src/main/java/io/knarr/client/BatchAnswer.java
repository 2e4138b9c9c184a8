package io.knarr.client;

import static java.util.Objects.requireNonNull;

/** What became of one search of a batch. */
public sealed interface BatchAnswer {
    /** It was answered. */
    record Found(SearchReply reply) implements BatchAnswer {
        public Found {
            requireNonNull(reply, "reply is null");
        }
    }

    /** It was refused, alone of its batch. */
    record Refused(KnarrException failure) implements BatchAnswer {
        public Refused {
            requireNonNull(failure, "failure is null");
        }
    }

    /** Returns the reply. @throws KnarrException what was wrong with the search */
    default SearchReply orThrow() {
        return switch (this) {
            case Found(SearchReply reply) -> reply;
            case Refused(KnarrException failure) -> throw new KnarrException(failure);
        };
    }
}
