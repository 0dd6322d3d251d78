/**
 * The contract of a command: its row in the table, what its handler sees, what it can say, what it
 * records.
 *
 * <p>May import {@code engine}. Start with {@link io.engramdb.node.command.CommandSpec} and {@link
 * io.engramdb.node.command.ExecutionContext}.
 */
@NullMarked
package io.engramdb.node.command;

import org.jspecify.annotations.NullMarked;
