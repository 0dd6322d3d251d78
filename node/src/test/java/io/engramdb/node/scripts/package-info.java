/**
 * Command scripts: requests with the replies and effects that are expected, executed in several
 * modes and compared with redis-server. Form of a script: {@link
 * io.engramdb.node.scripts.ScriptFile}.
 */
@NullMarked
package io.engramdb.node.scripts;

import org.jspecify.annotations.NullMarked;
