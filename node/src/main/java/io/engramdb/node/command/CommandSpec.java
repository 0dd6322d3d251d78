package io.engramdb.node.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One row of the command table: everything about a command but its documentation text. Immutable
 * once the table is built; {@link CommandTable.Builder} makes it.
 */
public final class CommandSpec {

  private final String name;
  private final @Nullable CommandSpec container;
  private final String since;
  private final int arity;
  private final Set<CommandFlag> flags;
  private final List<KeySpec> keys;
  private final CommandGroup group;
  private final Set<AclCategory> categories;
  private final Replication replication;
  private final @Nullable CommandHandler handler;
  private final byte[] nameBytes;
  private final int number;

  // Read for each command; bit tests on the flag set would be as fast but less plain.
  private final boolean write;
  private final boolean denyOom;
  private final boolean usesData;
  private final boolean runsScript;
  private final boolean exec;
  private final boolean fast;
  private final int firstKeyPlace;
  private final boolean logged;
  private final boolean onlyReads;
  private final Predicate<Args> readsOnly;

  /** Filled by the builder for containers. */
  final List<CommandSpec> subcommands = new ArrayList<>();

  CommandSpec(
      int number,
      String name,
      @Nullable CommandSpec container,
      String since,
      int arity,
      Set<CommandFlag> flags,
      List<KeySpec> keys,
      CommandGroup group,
      boolean groupCategory,
      Set<AclCategory> extraCategories,
      Replication replication,
      boolean logged,
      Predicate<Args> readsOnly,
      @Nullable CommandHandler handler) {
    this.number = number;
    this.name = name;
    this.container = container;
    this.since = since;
    this.arity = arity;
    this.flags = Collections.unmodifiableSet(flags);
    this.keys = List.copyOf(keys);
    this.group = group;
    this.replication = replication;
    this.handler = handler;
    this.nameBytes = name.getBytes(StandardCharsets.US_ASCII);
    this.categories =
        Collections.unmodifiableSet(
            derive(flags, group, extraCategories, groupCategory && handler != null));
    this.write = flags.contains(CommandFlag.WRITE);
    this.denyOom = flags.contains(CommandFlag.DENYOOM);
    this.runsScript = flags.contains(CommandFlag.NO_MANDATORY_KEYS);
    this.usesData = write || runsScript || flags.contains(CommandFlag.READONLY);
    this.onlyReads =
        !runsScript
            && flags.contains(CommandFlag.READONLY)
            && !flags.contains(CommandFlag.MAY_REPLICATE);
    this.fast = flags.contains(CommandFlag.FAST);
    this.logged = logged;
    this.readsOnly = readsOnly;
    this.exec = container == null && name.equals("exec");
    KeySpec first = keys.isEmpty() ? null : keys.get(0);
    boolean plain = first != null && first.keyword() == null && first.choice() == null;
    boolean fixed = plain && first.keyCountPlace() < 0;
    this.firstKeyPlace = fixed && first.begin() > 0 ? first.begin() : -1;
  }

  /**
   * The categories that flags and group bring by themselves (Redis {@code
   * setImplicitACLCategories}). A container brings none of its group.
   */
  private static EnumSet<AclCategory> derive(
      Set<CommandFlag> flags, CommandGroup group, Set<AclCategory> extra, boolean ofItsGroup) {
    EnumSet<AclCategory> all = EnumSet.noneOf(AclCategory.class);
    all.addAll(extra);
    AclCategory ofGroup = ofItsGroup ? group.category() : null;
    if (ofGroup != null) {
      all.add(ofGroup);
    }
    if (flags.contains(CommandFlag.WRITE)) {
      all.add(AclCategory.WRITE);
    }
    // Upstream leaves scripting commands out of @read: what they read depends on the script.
    if (flags.contains(CommandFlag.READONLY) && group != CommandGroup.SCRIPTING) {
      all.add(AclCategory.READ);
    }
    if (flags.contains(CommandFlag.ADMIN)) {
      all.add(AclCategory.ADMIN);
      all.add(AclCategory.DANGEROUS);
    }
    if (flags.contains(CommandFlag.PUBSUB)) {
      all.add(AclCategory.PUBSUB);
    }
    if (flags.contains(CommandFlag.BLOCKING)) {
      all.add(AclCategory.BLOCKING);
    }
    all.add(flags.contains(CommandFlag.FAST) ? AclCategory.FAST : AclCategory.SLOW);
    return all;
  }

  /** Never takes longer than O(log n). */
  public boolean isFast() {
    return fast;
  }

  /** Where the first key stands if that does not depend on the request; else -1. */
  public int firstKeyPlace() {
    return firstKeyPlace;
  }

  /** Place in the table, dense from 0; for arrays of counters. */
  public int number() {
    return number;
  }

  /** Lower case; of a subcommand only its own word. */
  public String name() {
    return name;
  }

  /** Lower-case name as ASCII bytes; must not be changed. */
  public byte[] nameBytes() {
    return nameBytes;
  }

  /** Name as error texts and ACL rules write it: {@code config|get}. */
  public String fullName() {
    return container == null ? name : container.name + '|' + name;
  }

  public @Nullable CommandSpec container() {
    return container;
  }

  /** Empty unless this is a container. */
  public List<CommandSpec> subcommands() {
    return subcommands;
  }

  public boolean isContainer() {
    return handler == null;
  }

  public String since() {
    return since;
  }

  /** Words of the request, name included; negative: at least that many. */
  public int arity() {
    return arity;
  }

  /** Whether a request of that many words is acceptable. */
  public boolean acceptsWords(int count) {
    return arity >= 0 ? count == arity : count >= -arity;
  }

  public Set<CommandFlag> flags() {
    return flags;
  }

  public boolean has(CommandFlag flag) {
    return flags.contains(flag);
  }

  public boolean isWrite() {
    return write;
  }

  /** Whether the command reads or changes data by itself. */
  public boolean usesData() {
    return usesData;
  }

  /** Whether the command never changes anything: it may fail at any time, half way too. */
  public boolean onlyReads() {
    return onlyReads;
  }

  /** Whether the command changes what is replicated but is no key: only a primary runs it. */
  public boolean isLogged() {
    return logged;
  }

  /** Whether this request may change what replicas have, or say something to their clients. */
  public boolean mayReplicate(Args args) {
    return write || (flags.contains(CommandFlag.MAY_REPLICATE) && !readsOnly.test(args));
  }

  /** Whether the command runs a script or function, which may read and change data. */
  public boolean runsScript() {
    return runsScript;
  }

  /** Whether this is EXEC, which uses data if what it runs does. */
  public boolean isExec() {
    return exec;
  }

  public boolean isDenyOom() {
    return denyOom;
  }

  public List<KeySpec> keys() {
    return keys;
  }

  public CommandGroup group() {
    return group;
  }

  public Set<AclCategory> categories() {
    return categories;
  }

  public Replication replication() {
    return replication;
  }

  /** The handler; a container has none. */
  public CommandHandler handler() {
    if (handler == null) {
      throw new IllegalStateException(name + " is a container");
    }
    return handler;
  }

  @Override
  public String toString() {
    return fullName();
  }
}
