/** The test suite of Redis itself, as far as a build runs it; all of it: {@code upstream/run}. */
@NullMarked
package io.engramdb.compat.upstream;

import org.jspecify.annotations.NullMarked;
