/**
 * All command families: one file per family, its table rows on top, one static method per command.
 *
 * <p>May import {@code command}, {@code engine}, {@code config}, {@code metrics}, {@code security},
 * {@code cluster}, {@code pubsub} and {@code script}; knows neither {@code shard} nor {@code
 * session} nor the network. Start with {@link io.engramdb.node.commands.AllCommands}.
 */
@NullMarked
package io.engramdb.node.commands;

import org.jspecify.annotations.NullMarked;
