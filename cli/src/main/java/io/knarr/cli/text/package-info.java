/** Text as vectors: the embedding model that the command line carries. The server knows nothing of it. */
@NullMarked
package io.knarr.cli.text;

import org.jspecify.annotations.NullMarked;
