package io.knarr.server.lexical;

/**
 * What a search found: exactly the best rows.
 *
 * @param rows best first
 * @param scores beside the rows
 * @param scoredCount how many rows were scored at least in part
 * @param plan what was done, in a word
 * @param stopped whether the stop signal ended it, so that this is no answer
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LexicalOutcome(int[] rows, double[] scores, long scoredCount, String plan, boolean stopped) {}
