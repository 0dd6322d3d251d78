package io.engramdb.node.command;

import io.engramdb.node.base.Invariant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All commands. Looked up by the bytes of a request, without regard to case and without making a
 * String. Immutable; the builder refuses to build a table that contradicts itself.
 */
public final class CommandTable {

  private final List<CommandSpec> all;
  private final List<CommandSpec> topLevel;
  private final @Nullable CommandSpec[] buckets;

  private CommandTable(List<CommandSpec> all) {
    this.all = List.copyOf(all);
    this.topLevel = all.stream().filter(spec -> spec.container() == null).toList();
    int size = Integer.highestOneBit(Math.max(16, topLevel.size() * 2 - 1)) << 1;
    this.buckets = new CommandSpec[size];
    for (CommandSpec spec : topLevel) {
      int at = hash(spec.nameBytes(), 0, spec.nameBytes().length) & (size - 1);
      while (buckets[at] != null) {
        at = (at + 1) & (size - 1);
      }
      buckets[at] = spec;
    }
  }

  /** Commands and subcommands, by number. */
  public List<CommandSpec> all() {
    return all;
  }

  /** Commands without subcommands. */
  public List<CommandSpec> topLevel() {
    return topLevel;
  }

  /** The command of a request's first word; null if there is none. Does not resolve subcommands. */
  public @Nullable CommandSpec find(byte[] buffer, int offset, int length) {
    int mask = buckets.length - 1;
    int at = hash(buffer, offset, length) & mask;
    CommandSpec spec = buckets[at];
    while (spec != null) {
      if (sameName(spec.nameBytes(), buffer, offset, length)) {
        return spec;
      }
      at = (at + 1) & mask;
      spec = buckets[at];
    }
    return null;
  }

  /**
   * A command by its full name ({@code get}, {@code config|get}), or null; not for the hot path.
   */
  public @Nullable CommandSpec find(String fullName) {
    String wanted = fullName.toLowerCase(Locale.ROOT);
    for (CommandSpec spec : all) {
      if (spec.fullName().equals(wanted)) {
        return spec;
      }
    }
    return null;
  }

  /**
   * The command of a request, subcommand resolved.
   *
   * @return the container itself if the request names a subcommand that does not exist or none;
   *     null if the first word is no command
   */
  public @Nullable CommandSpec resolve(Args args) {
    CommandSpec spec = args.found();
    if (spec == null) {
      spec = resolveWords(args);
      args.found(spec);
    }
    return spec;
  }

  private @Nullable CommandSpec resolveWords(Args args) {
    CommandSpec spec = find(args.array(), args.offset(0), args.length(0));
    if (spec == null || spec.subcommands.isEmpty() || args.count() < 2) {
      return spec;
    }
    for (CommandSpec sub : spec.subcommands) {
      if (sameName(sub.nameBytes(), args.array(), args.offset(1), args.length(1))) {
        return sub;
      }
    }
    return spec;
  }

  private static int hash(byte[] buffer, int offset, int length) {
    int hash = length;
    for (int i = 0; i < length; i++) {
      hash = hash * 31 + (buffer[offset + i] | 0x20);
    }
    return hash ^ hash >>> 15;
  }

  private static boolean sameName(byte[] lowerCase, byte[] buffer, int offset, int length) {
    if (lowerCase.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      int b = buffer[offset + i];
      if (b >= 'A' && b <= 'Z') {
        b += 'a' - 'A';
      }
      if (b != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Collects rows. Each row: name, the version of Redis that brought it, arity (Redis' count, name
   * included, negative for at least), keys, handler, flags.
   */
  public static final class Builder {
    private final List<CommandSpec> rows = new ArrayList<>();
    private CommandGroup group = CommandGroup.GENERIC;
    private @Nullable CommandSpec container;

    /** The group of the rows that follow. */
    public Builder group(CommandGroup newGroup) {
      group = newGroup;
      container = null;
      return this;
    }

    /** A command that reads data. */
    public Row read(
        String name, String since, int arity, List<KeySpec> keys, CommandHandler handler) {
      return new Row(name, since, arity, keys, Replication.NONE, handler)
          .flags(CommandFlag.READONLY);
    }

    /** A command that changes data. */
    public Row write(
        String name,
        String since,
        int arity,
        List<KeySpec> keys,
        Replication replication,
        CommandHandler handler) {
      return new Row(name, since, arity, keys, replication, handler).flags(CommandFlag.WRITE);
    }

    /** A command that neither reads nor changes data. */
    public Row other(String name, String since, int arity, CommandHandler handler) {
      return new Row(name, since, arity, List.of(), Replication.NONE, handler);
    }

    /** A command that names keys without reading or changing their data. */
    public Row keyed(
        String name, String since, int arity, List<KeySpec> keys, CommandHandler handler) {
      return new Row(name, since, arity, keys, Replication.NONE, handler);
    }

    /**
     * A word that only groups subcommands; the rows of its subcommands follow it by {@code sub}.
     */
    public Row container(String name, String since, int arity) {
      container = null;
      return new Row(name, since, arity, List.of(), Replication.NONE, null);
    }

    /** The rows that follow are subcommands of this container. */
    public Builder within(CommandSpec newContainer) {
      container = newContainer;
      return this;
    }

    /** The rows that follow are commands of their own again. */
    public Builder topLevel() {
      container = null;
      return this;
    }

    /**
     * The table.
     *
     * @throws IllegalArgumentException if a name stands twice or a row contradicts itself
     */
    public CommandTable build() {
      Set<String> names = new java.util.HashSet<>();
      for (CommandSpec spec : rows) {
        if (!names.add(spec.fullName())) {
          throw new IllegalArgumentException("command " + spec + " stands twice");
        }
      }
      return new CommandTable(rows);
    }

    /** One row being written; {@link #add} puts it into the table. */
    public final class Row {
      private final String name;
      private final String since;
      private final int arity;
      private final List<KeySpec> keys;
      private final Replication replication;
      private final @Nullable CommandHandler handler;
      private final EnumSet<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
      private final EnumSet<AclCategory> categories = EnumSet.noneOf(AclCategory.class);
      private boolean groupCategory = true;
      private boolean logged;
      private Predicate<Args> readsOnly = args -> false;

      Row(
          String name,
          String since,
          int arity,
          List<KeySpec> keys,
          Replication replication,
          @Nullable CommandHandler handler) {
        this.name = name;
        this.since = since;
        this.arity = arity;
        this.keys = keys;
        this.replication = replication;
        this.handler = handler;
      }

      public Row flags(CommandFlag... added) {
        flags.addAll(List.of(added));
        return this;
      }

      /** Categories that do not follow from group and flags. */
      public Row categories(AclCategory... added) {
        categories.addAll(List.of(added));
        return this;
      }

      /** The group's category does not go with this command. */
      public Row withoutGroupCategory() {
        groupCategory = false;
        return this;
      }

      /** The command changes what is replicated but is no key; see {@link CommandSpec#isLogged}. */
      public Row logged() {
        logged = true;
        return this;
      }

      /** Requests that replicate nothing although the command may, as scripts declare it. */
      public Row readsOnlyIf(Predicate<Args> newReadsOnly) {
        readsOnly = newReadsOnly;
        return this;
      }

      /** Checks the row and puts it into the table. */
      public CommandSpec add() {
        Invariant.check(name.equals(name.toLowerCase(Locale.ROOT)), "names are lower case");
        boolean write = flags.contains(CommandFlag.WRITE);
        if (write == (replication == Replication.NONE)) {
          throw new IllegalArgumentException(
              name + ": a command states how it replicates if, and only if, it writes");
        }
        CommandSpec spec =
            new CommandSpec(
                rows.size(),
                name,
                container,
                since,
                arity,
                flags,
                keys,
                group,
                groupCategory,
                categories,
                replication,
                logged,
                readsOnly,
                handler);
        if (container != null) {
          container.subcommands.add(spec);
        }
        rows.add(spec);
        return spec;
      }
    }
  }
}
