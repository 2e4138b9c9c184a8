package io.knarr.server.index;

/** Says that an index was closed between being found and being read. Never leaves the package: the backend looks again. */
final class IndexClosedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    IndexClosedException() {
        super("Index is closed", null, false, false);
    }
}
