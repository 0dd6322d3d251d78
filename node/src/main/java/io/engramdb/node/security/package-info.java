/**
 * Users, their passwords and rights: who a client may say it is, and what it may do then.
 *
 * <p>Knows no connection and no log. Start with {@link io.engramdb.node.security.UserRegistry}.
 */
@NullMarked
package io.engramdb.node.security;

import org.jspecify.annotations.NullMarked;
