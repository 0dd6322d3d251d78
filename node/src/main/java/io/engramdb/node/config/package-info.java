/**
 * Parameters: which there are, what values they take, where their values come from.
 *
 * <p>Knows nothing of what the parameters govern: whoever is governed reads a value or listens to
 * it. May import {@code base} alone. Start with {@link io.engramdb.node.config.ConfigTable} (the
 * rows), then {@link io.engramdb.node.config.Configuration} (the values), {@link
 * io.engramdb.node.config.ConfigSources} (file, environment, flags) and {@link
 * io.engramdb.node.config.ConfigFile} (the grammar).
 */
@NullMarked
package io.engramdb.node.config;

import org.jspecify.annotations.NullMarked;
