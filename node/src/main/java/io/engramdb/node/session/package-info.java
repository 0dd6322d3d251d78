/**
 * One client's logical state: admission, pipeline order, parked replies.
 *
 * <p>Knows no socket: bytes leave through {@link io.engramdb.node.session.Connection}, which {@code
 * net} implements. Start with {@link io.engramdb.node.session.Connection}.
 */
@NullMarked
package io.engramdb.node.session;

import org.jspecify.annotations.NullMarked;
