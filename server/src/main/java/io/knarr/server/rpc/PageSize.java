package io.knarr.server.rpc;

/** Reads how many items a page should have. */
final class PageSize {
    /** Items per page of a listing that does not say. */
    private static final int DEFAULT = 100;
    /** The most accounts or collections per page. */
    static final int MAX_NAMES = 1_000;

    private PageSize() {}

    /** Returns the size, coerced to at most {@code max}. */
    static int of(int requested, int max) {
        if (requested < 0) {
            throw Rejections.invalid(FieldPath.of("page_size"), "A page size must not be negative")
                    .with("actual", requested);
        }
        return Math.min(requested == 0 ? DEFAULT : requested, max);
    }
}
