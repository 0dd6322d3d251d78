/**
 * Records what clients saw and decides whether a correct store could have answered so.
 *
 * <p>Knows neither sockets nor processes. Start reading at {@link
 * io.engramdb.it.history.LinearizabilityChecker}.
 */
@NullMarked
package io.engramdb.it.history;

import org.jspecify.annotations.NullMarked;
