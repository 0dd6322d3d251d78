/**
 * Users and their passwords: who a client may say it is.
 *
 * <p>Knows no connection and no command table. Start with {@link
 * io.engramdb.node.security.UserRegistry}.
 */
@NullMarked
package io.engramdb.node.security;

import org.jspecify.annotations.NullMarked;
