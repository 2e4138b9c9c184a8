package io.knarr.server.engine;

/** Tells a running search to give up: its deadline passed or nobody waits for it. Asked every few hundred microseconds of work. */
@FunctionalInterface
public interface StopSignal {
    /** Never stops. */
    StopSignal NEVER = () -> false;

    /** Returns whether to give up now. Cheap, and safe on the thread of the search. */
    boolean stopped();
}
