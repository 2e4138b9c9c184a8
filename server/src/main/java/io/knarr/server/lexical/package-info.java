/** Inverted indexes of sparse vectors and of words, and the analysis of texts. Knows row numbers; no ids, accounts or stores. */
@NullMarked
package io.knarr.server.lexical;

import org.jspecify.annotations.NullMarked;
