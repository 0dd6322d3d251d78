package io.engramdb.node.commands;

import io.engramdb.node.cluster.ClusterView;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ProcessStatus;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.metrics.ShardMetrics;
import io.engramdb.node.script.ScriptHost;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the server, cluster and introspection commands of one shard need of the rest of the server.
 *
 * @param table the table that these very commands stand in; asked only when a command runs
 * @param cluster the newest picture of the cluster, or null if cluster mode is off
 */
public record ShardServices(
    Configuration configuration,
    ShardStatus status,
    ShardControl control,
    ProcessStatus process,
    ShardMetrics metrics,
    ScriptHost scripts,
    Supplier<CommandTable> table,
    @Nullable Supplier<ClusterView> cluster) {}
