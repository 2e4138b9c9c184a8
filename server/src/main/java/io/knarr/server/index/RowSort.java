package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import java.util.function.IntBinaryOperator;

/** Sorts numbers of rows without making an object of each, and looks at the deadline on the way: a merge sort, stable. */
final class RowSort {
    /** Comparisons between two looks at the deadline: about a millisecond. */
    private static final int COMPARISONS_PER_CHECK = 8_192;

    private static final int INSERTION_LENGTH = 12;

    private final IntBinaryOperator comparator;
    private final CallDeadline deadline;
    private int comparisons;

    private RowSort(IntBinaryOperator comparator, CallDeadline deadline) {
        this.comparator = comparator;
        this.deadline = deadline;
    }

    /** Sorts {@code items} in place. @throws io.knarr.server.error.ServiceException if the call is over before that is done */
    static void sort(int[] items, IntBinaryOperator comparator, CallDeadline deadline) {
        new RowSort(comparator, deadline).sort(items, items.clone(), 0, items.length);
    }

    /** Sorts a part of {@code from} into the same part of {@code to}, which holds the same items. */
    private void sort(int[] to, int[] from, int start, int end) {
        if (end - start <= INSERTION_LENGTH) {
            for (int i = start + 1; i < end; i++) {
                int item = to[i];
                int place = i;
                while (place > start && compare(to[place - 1], item) > 0) {
                    to[place] = to[place - 1];
                    place--;
                }
                to[place] = item;
            }
            return;
        }
        int middle = (start + end) >>> 1;
        sort(from, to, start, middle);
        sort(from, to, middle, end);
        int left = start;
        int right = middle;
        for (int place = start; place < end; place++) {
            boolean takeLeft = right >= end || (left < middle && compare(from[left], from[right]) <= 0);
            to[place] = takeLeft ? from[left++] : from[right++];
        }
    }

    private int compare(int left, int right) {
        if (++comparisons % COMPARISONS_PER_CHECK == 0) {
            deadline.check();
        }
        return comparator.applyAsInt(left, right);
    }
}
