package io.engramdb.node.server;

import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshotter answers to clients that want data: nothing. It is there for whoever looks
 * after it (INFO, CONFIG, BGSAVE, ACL and their like); its memory may lag as far as it likes, and
 * no client shall come to depend on it. Stateless.
 */
final class SnapshotterRefusal implements AdmissionCheck {
  private static final Set<CommandGroup> SERVED =
      EnumSet.of(CommandGroup.CONNECTION, CommandGroup.SERVER, CommandGroup.CLUSTER);

  /** Commands of those groups that look into data without naming keys. */
  private static final Set<String> ABOUT_KEYS = Set.of("countkeysinslot", "getkeysinslot");

  /** What DEBUG tells of single keys. */
  private static final Set<String> DEBUG_OF_KEYS =
      Set.of(
          "digest-value", "htstats-key", "listpack", "object", "populate", "quicklist", "sdslen");

  private static final CommandError NO_DATA =
      new CommandError("READONLY", "This member makes snapshots and serves no data.");

  @Override
  public @Nullable CommandError refuse(CommandSpec spec, Args args, ClientState client) {
    boolean served =
        SERVED.contains(spec.group())
            && spec.keys().isEmpty()
            && !spec.categories().contains(AclCategory.KEYSPACE)
            && !ABOUT_KEYS.contains(spec.name())
            && !(spec.name().equals("debug") && isAboutKeys(args));
    return served ? null : NO_DATA;
  }

  private static boolean isAboutKeys(Args args) {
    return args.count() > 1 && DEBUG_OF_KEYS.contains(args.text(1).toLowerCase(Locale.ROOT));
  }
}
