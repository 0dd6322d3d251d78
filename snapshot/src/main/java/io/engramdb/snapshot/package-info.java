/**
 * What the packages of this module share: the check of invariants. It knows no engine and no log.
 * Start reading with {@link io.engramdb.snapshot.rdb.RdbVisitor}.
 */
@NullMarked
package io.engramdb.snapshot;

import org.jspecify.annotations.NullMarked;
