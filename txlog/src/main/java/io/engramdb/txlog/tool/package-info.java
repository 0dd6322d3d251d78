/**
 * Looks at a member's log on disk, without running a member. Reads only. Start with {@link
 * io.engramdb.txlog.tool.LogTool}.
 */
@NullMarked
package io.engramdb.txlog.tool;

import org.jspecify.annotations.NullMarked;
