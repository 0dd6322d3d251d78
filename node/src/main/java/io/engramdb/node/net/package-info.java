/**
 * Sockets: accepting, TLS, limits per connection, bytes in and out.
 *
 * <p>Knows no command and no data: requests go to {@link io.engramdb.node.session.Session}, replies
 * come back through {@link io.engramdb.node.session.Connection}. A server runs on one event loop,
 * which is its shard's thread, so nothing here is locked. Start with {@link
 * io.engramdb.node.net.RespServer} and {@link io.engramdb.node.net.ConnectionHandler}.
 */
@NullMarked
package io.engramdb.node.net;

import org.jspecify.annotations.NullMarked;
