/**
 * The data types: one class each, operations in Java terms, no command arguments, no replies, no
 * expiry. May import only {@code base} and {@code engine.dict}.
 */
@NullMarked
package io.engramdb.node.engine.value;

import org.jspecify.annotations.NullMarked;
