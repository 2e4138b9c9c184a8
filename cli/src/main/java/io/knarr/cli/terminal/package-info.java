/** What a person or a script at the other end sees: results, progress, failures and exit codes. */
@NullMarked
package io.knarr.cli.terminal;

import org.jspecify.annotations.NullMarked;
