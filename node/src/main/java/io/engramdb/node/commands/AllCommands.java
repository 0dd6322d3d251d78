package io.engramdb.node.commands;

import io.engramdb.node.command.ClientDirectory;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.pubsub.MessageHub;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.security.UserRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The explicit list of every command family; what is not in it does not exist. */
public final class AllCommands {

  private AllCommands() {}

  /**
   * The families that need nothing but data.
   *
   * @param limits when collections leave their packed form; may change while the server runs
   */
  public static List<CommandFamily> dataFamilies(ValueLimits limits) {
    List<CommandFamily> families = new ArrayList<>();
    families.add(new StringCommands(limits));
    families.add(new BitCommands(limits));
    families.add(new HyperLogLogCommands(limits));
    families.add(new HashCommands(limits));
    families.add(new FieldExpiryCommands(limits));
    ListCommands lists = new ListCommands(limits);
    families.add(lists);
    families.add(new BlockingListCommands(lists));
    families.add(new SetCommands(limits));
    families.add(new SortedSetCommands(limits));
    families.add(new SortedSetRangeCommands(limits));
    families.add(new SortedSetAlgebraCommands(limits));
    families.add(new GeoCommands(limits));
    families.add(new SortCommands(limits));
    families.add(new StreamCommands(limits));
    families.add(new StreamReadCommands());
    families.add(new StreamGroupCommands());
    families.add(new StreamClaimCommands());
    families.add(new StreamReportCommands());
    families.add(new KeyCommands());
    families.add(new ExpiryCommands());
    families.add(new DumpCommands(limits));
    return families;
  }

  /** The families about scripts and functions, which share an interpreter. */
  public static List<CommandFamily> scriptFamilies(ScriptHost scripts) {
    return List.of(new ScriptCommands(scripts), new FunctionCommands(scripts));
  }

  /**
   * The families about connections.
   *
   * @param clients asked only when a command runs, because the directory is made after the table
   * @param hub the same
   */
  public static List<CommandFamily> connectionFamilies(
      UserRegistry users,
      ShardStatus status,
      boolean clusterEnabled,
      Supplier<ClientDirectory> clients,
      Supplier<MessageHub> hub) {
    return List.of(
        new ConnectionCommands(
            users, status, clusterEnabled, client -> silence(client, clients.get(), hub.get())),
        new ClientCommands(users, clients, hub),
        new AclCommands(users, clients),
        new PubSubCommands(clients, hub));
  }

  private static void silence(ClientState client, ClientDirectory clients, MessageHub hub) {
    ConnectedClient connected = clients.find(client.id);
    if (connected != null) {
      hub.forget(connected);
    }
  }

  /** The families about the server itself. */
  public static List<CommandFamily> serverFamilies(ShardServices services) {
    return List.of(
        new ServerCommands(services),
        new SnapshotCommands(services),
        new ReplicationCommands(services),
        new ConfigCommands(services),
        new DiagnosticsCommands(services),
        new DebugCommands(services),
        new LatencyCommands(services),
        new ClusterCommands(services),
        new IntrospectionCommands(services));
  }
}
