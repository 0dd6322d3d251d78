/**
 * Stock redis-server as the judge: the same bytes to both servers, the same bytes back.
 *
 * <p>Every tolerated difference stands in {@link io.engramdb.compat.oracle.AllowedDifferences} with
 * its reason. Start reading at {@link io.engramdb.compat.oracle.OracleDiffTest}.
 */
@NullMarked
package io.engramdb.compat.oracle;

import org.jspecify.annotations.NullMarked;
