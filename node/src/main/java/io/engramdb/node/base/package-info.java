/** The two types that every package needs; nothing else may move in. */
@NullMarked
package io.engramdb.node.base;

import org.jspecify.annotations.NullMarked;
