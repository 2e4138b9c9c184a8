package io.knarr.server.error;

/** Stands for a body that is being written. Gone before the first release. */
public final class Later {
    private Later() {}

    /** Fails. */
    @SuppressWarnings({"DoNotCallSuggester", "TypeParameterUnusedInFormals"}) // a stand-in
    public static <T> T body() {
        throw new IllegalStateException("Not written yet");
    }
}
