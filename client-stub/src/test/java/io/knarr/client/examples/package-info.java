/** The client's examples: shown in its Javadoc and in the documentation, compiled here and run by tests. */
@NullMarked
package io.knarr.client.examples;

import org.jspecify.annotations.NullMarked;
