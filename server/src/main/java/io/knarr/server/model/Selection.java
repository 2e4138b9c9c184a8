package io.knarr.server.model;

import java.util.Set;

/** Which of a record's named parts a reply carries. */
public sealed interface Selection {
    /** Returns whether the part of that name is wanted. */
    boolean includes(String name);

    /** Every part. */
    record All() implements Selection {
        @Override
        public boolean includes(String name) {
            return true;
        }
    }

    /** No part. */
    record None() implements Selection {
        @Override
        public boolean includes(String name) {
            return false;
        }
    }

    /** The parts of these names. */
    record Only(Set<String> names) implements Selection {
        public Only {
            names = Set.copyOf(names);
        }

        @Override
        public boolean includes(String name) {
            return names.contains(name);
        }
    }
}
