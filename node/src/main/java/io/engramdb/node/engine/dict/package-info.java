/** The hash table under keyspaces and large collections. Knows bytes, nothing else. */
@NullMarked
package io.engramdb.node.engine.dict;

import org.jspecify.annotations.NullMarked;
