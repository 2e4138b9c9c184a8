/** The filter expressions of the command line, and how they become the wire's filters. */
@NullMarked
package io.knarr.cli.filter;

import org.jspecify.annotations.NullMarked;
