package io.engramdb.node.server;

import io.engramdb.node.cluster.SlotHash;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.ArrayList;
import java.util.List;

/**
 * Which keys a request names, and where they live: for those who route requests without being a
 * node. One thread.
 */
public final class CommandKeys {

  private final CommandTable table;

  /** Knows the commands on data. */
  public CommandKeys() {
    CommandTable.Builder builder = new CommandTable.Builder();
    AllCommands.dataFamilies(new ValueLimits()).forEach(family -> family.register(builder));
    table = builder.build();
  }

  /** The keys of a request; none for what is not known, or malformed. */
  public List<byte[]> of(byte[]... words) {
    Args args = Args.of(words);
    CommandSpec spec = table.resolve(args);
    List<byte[]> keys = new ArrayList<>();
    if (spec != null) {
      for (KeySpec each : spec.keys()) {
        each.visit(args, place -> keys.add(words[place]));
      }
    }
    return keys;
  }

  /** The slot of a key in a cluster. */
  public static int slotOf(byte[] key) {
    return SlotHash.slotOf(key, 0, key.length);
  }
}
