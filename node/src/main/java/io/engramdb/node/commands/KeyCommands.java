package io.engramdb.node.commands;

import static io.engramdb.node.command.AclCategory.DANGEROUS;
import static io.engramdb.node.command.AclCategory.KEYSPACE;
import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.STALE;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INSERT;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RM;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.VERBATIM;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands on keys of any type and on whole databases: DEL, RENAME, SCAN, FLUSHALL and relatives.
 *
 * <p>Upstream behaviour: Redis {@code db.c}, {@code object.c}, tests {@code unit/keyspace}, {@code
 * unit/scan}. Differences from upstream: no value is ever shared, and OBJECT REFCOUNT only says
 * which ones are there; freeing memory is the collector's work, so UNLINK and ASYNC differ from DEL
 * and SYNC in name only.
 */
final class KeyCommands implements CommandFamily {

  /** Upstream has one object each for the integers from 0 to below this. */
  private static final long SHARED_INTEGERS = 10_000;

  private static final long SHARED_REFERENCES = Integer.MAX_VALUE;

  private static final CommandError DATABASE_OUT_OF_RANGE =
      CommandError.err("DB index is out of range");
  private static final CommandError INDEX_OUT_OF_RANGE =
      CommandError.err(
          "value is out of range, value must between "
              + Integer.MIN_VALUE
              + " and "
              + Integer.MAX_VALUE);
  private static final CommandError SAME_OBJECT =
      CommandError.err("source and destination objects are the same");
  private static final CommandError NO_COPY_IN_CLUSTER =
      CommandError.err("Copying to another database is not allowed in cluster mode");
  private static final CommandError NO_MOVE_IN_CLUSTER =
      CommandError.err("MOVE is not allowed in cluster mode");
  private static final CommandError NO_SWAP_IN_CLUSTER =
      CommandError.err("SWAPDB is not allowed in cluster mode");
  private static final CommandError INVALID_FIRST = CommandError.err("invalid first DB index");
  private static final CommandError INVALID_SECOND = CommandError.err("invalid second DB index");
  private static final CommandError NO_IDLE_TIME =
      CommandError.err(
          "An LFU maxmemory policy is selected, idle time not tracked. Please note that when"
              + " switching between policies at runtime LRU and LFU data will take some time to"
              + " adjust.");
  private static final CommandError NO_FREQUENCY =
      CommandError.err(
          "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that"
              + " when switching between policies at runtime LRU and LFU data will take some time"
              + " to adjust.");

  private static final String[] OBJECT_HELP = {
    "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "ENCODING <key>",
    "    How the value of <key> is stored in memory.",
    "FREQ <key>",
    "    How often <key> is accessed, on a logarithmic scale; known under an LFU policy only.",
    "IDLETIME <key>",
    "    Seconds since <key> was last accessed.",
    "REFCOUNT <key>",
    "    References to the value of <key>; always 1.",
    "HELP",
    "    This text."
  };

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
    registerReads(table);
    registerWrites(table);
    registerObject(table);
    table.group(CommandGroup.SERVER);
    table
        .read("dbsize", "1.0.0", 1, List.of(), KeyCommands::dbSize)
        .flags(FAST)
        .categories(KEYSPACE)
        .add();
    table
        .write("flushdb", "1.0.0", -1, List.of(), VERBATIM, KeyCommands::flushDb)
        .categories(KEYSPACE, DANGEROUS)
        .add();
    table
        .write("flushall", "1.0.0", -1, List.of(), VERBATIM, KeyCommands::flushAll)
        .categories(KEYSPACE, DANGEROUS)
        .add();
    table
        .write("swapdb", "4.0.0", 3, List.of(), VERBATIM, KeyCommands::swapDb)
        .flags(FAST)
        .categories(KEYSPACE, DANGEROUS)
        .add();
  }

  private static void registerReads(CommandTable.Builder table) {
    List<KeySpec> one = List.of(KeySpec.key(1).with(RO));
    List<KeySpec> all = List.of(KeySpec.keys(1, -1, 1).with(RO));
    table.read("exists", "1.0.0", -2, all, KeyCommands::exists).flags(FAST).add();
    table.read("touch", "3.2.1", -2, all, KeyCommands::touch).flags(FAST).add();
    table.read("type", "1.0.0", 2, one, KeyCommands::type).flags(FAST).add();
    table.read("randomkey", "1.0.0", 1, List.of(), KeyCommands::randomKey).add();
    table.read("scan", "2.8.0", -2, List.of(), KeyCommands::scan).add();
    table.read("keys", "1.0.0", 2, List.of(), KeyCommands::keys).categories(DANGEROUS).add();
  }

  private static void registerWrites(CommandTable.Builder table) {
    List<KeySpec> removed = List.of(KeySpec.keys(1, -1, 1).with(RM, DELETE));
    table.write("del", "1.0.0", -2, removed, VERBATIM, KeyCommands::del).add();
    table.write("unlink", "4.0.0", -2, removed, VERBATIM, KeyCommands::del).flags(FAST).add();
    KeySpec source = KeySpec.key(1).with(RW, ACCESS, DELETE);
    KeySpec over = KeySpec.key(2).with(OW, UPDATE);
    KeySpec inserted = KeySpec.key(2).with(OW, INSERT);
    table.write("rename", "1.0.0", 3, List.of(source, over), VERBATIM, KeyCommands::rename).add();
    table
        .write("renamenx", "1.0.0", 3, List.of(source, inserted), VERBATIM, KeyCommands::renameNx)
        .flags(FAST)
        .add();
    List<KeySpec> copied = List.of(KeySpec.key(1).with(RO, ACCESS), over);
    table.write("copy", "6.2.0", -3, copied, VERBATIM, KeyCommands::copy).flags(DENYOOM).add();
    List<KeySpec> moved = List.of(KeySpec.key(1).with(RW, ACCESS, UPDATE));
    table.write("move", "1.0.0", 3, moved, VERBATIM, KeyCommands::move).flags(FAST).add();
  }

  private static void registerObject(CommandTable.Builder table) {
    CommandSpec object = table.container("object", "2.2.3", -2).add();
    table.within(object);
    List<KeySpec> key = List.of(KeySpec.key(2).with(RO));
    table.read("encoding", "2.2.3", 3, key, KeyCommands::objectEncoding).add();
    table.read("freq", "4.0.0", 3, key, KeyCommands::objectFreq).add();
    table.read("idletime", "2.2.3", 3, key, KeyCommands::objectIdleTime).add();
    table.read("refcount", "2.2.3", 3, key, KeyCommands::objectRefCount).add();
    table.other("help", "6.2.0", 2, KeyCommands::objectHelp).flags(LOADING, STALE).add();
    table.topLevel();
  }

  // --- single keys

  private static @Nullable Entry peek(ExecutionContext cx, Args args, int word) {
    return cx.db().peek(args.array(), args.offset(word), args.length(word));
  }

  /** {@code EXISTS key ...} / how many, repeated ones again / no effects / O(keys). */
  private static void exists(ExecutionContext cx, Args args, ReplyWriter reply) {
    int count = 0;
    for (int i = 1; i < args.count(); i++) {
      count += peek(cx, args, i) == null ? 0 : 1;
    }
    reply.integer(count);
  }

  /** {@code TOUCH key ...} / how many exist / no effects / O(keys). */
  private static void touch(ExecutionContext cx, Args args, ReplyWriter reply) {
    int count = 0;
    for (int i = 1; i < args.count(); i++) {
      count += Typed.read(cx, args, i) == null ? 0 : 1;
    }
    reply.integer(count);
  }

  /** {@code TYPE key} / name of the type, {@code none} / no effects / O(1). */
  private static void type(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = peek(cx, args, 1);
    reply.simple(entry == null ? "none" : entry.value().type().wireName());
  }

  /**
   * {@code DEL key ...}, {@code UNLINK} / how many existed / effects: verbatim if any / O(keys).
   */
  private static void del(ExecutionContext cx, Args args, ReplyWriter reply) {
    int removed = 0;
    for (int i = 1; i < args.count(); i++) {
      Entry entry = Typed.find(cx, args, i);
      if (entry != null) {
        cx.db().remove(entry);
        removed++;
      }
    }
    reply.integer(removed);
  }

  // --- from one key to another

  private static boolean sameKey(Args args) {
    return args.equals(1, args.copy(2));
  }

  /** {@code RENAME key newkey} / OK / effects: verbatim / O(1). */
  private static void rename(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry source = existing(cx, args);
    if (!sameKey(args)) {
      Entry target = Typed.find(cx, args, 2);
      if (target != null) {
        cx.db().remove(target);
      }
      relocate(cx.db(), source, cx.db(), args, 2);
    }
    reply.ok();
  }

  /** {@code RENAMENX key newkey} / 1, 0 if newkey exists / effects: verbatim if 1 / O(1). */
  private static void renameNx(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry source = existing(cx, args);
    if (sameKey(args) || Typed.find(cx, args, 2) != null) {
      reply.integer(0);
      return;
    }
    relocate(cx.db(), source, cx.db(), args, 2);
    reply.integer(1);
  }

  private static Entry existing(ExecutionContext cx, Args args) {
    Entry source = Typed.find(cx, args, 1);
    if (source == null) {
      throw CommandError.NO_SUCH_KEY;
    }
    return source;
  }

  /** Takes value and expiry from one entry to a new one under the key at that word. */
  private static void relocate(Keyspace from, Entry source, Keyspace to, Args args, int word) {
    Value value = source.value();
    long expireAtMs = from.expireAtMs(source);
    from.remove(source);
    insert(to, args, word, value, expireAtMs);
  }

  private static void insert(Keyspace to, Args args, int word, Value value, long expireAtMs) {
    Entry added = to.add(args.array(), args.offset(word), args.length(word), value);
    if (expireAtMs != Entry.NO_EXPIRY) {
      to.expireAt(added, expireAtMs);
    }
  }

  private static Keyspace database(ExecutionContext cx, Args args, int word) {
    long index = args.longInRange(word, Integer.MIN_VALUE, Integer.MAX_VALUE, INDEX_OUT_OF_RANGE);
    if (index < 0 || index >= cx.keyspaces().count()) {
      throw cx.keyspaces().hasSlots() ? NO_COPY_IN_CLUSTER : DATABASE_OUT_OF_RANGE;
    }
    return cx.keyspaces().database((int) index);
  }

  /**
   * {@code COPY source destination [DB n] [REPLACE]} / 1, 0 if there is no source or the
   * destination exists / effects: verbatim if 1 / O(size of the value).
   */
  private static void copy(ExecutionContext cx, Args args, ReplyWriter reply) {
    Keyspace to = cx.db();
    boolean replace = false;
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "REPLACE")) {
        replace = true;
      } else if (args.is(i, "DB") && i + 1 < args.count()) {
        to = database(cx, args, ++i);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (to == cx.db() && sameKey(args)) {
      throw SAME_OBJECT;
    }
    Entry source = Typed.read(cx, args, 1);
    if (source == null) {
      reply.integer(0);
      return;
    }
    Entry target = to.find(args.array(), args.offset(2), args.length(2));
    if (target != null && !replace) {
      reply.integer(0);
      return;
    }
    if (target != null) {
      to.remove(target);
    }
    insert(to, args, 2, source.value().copy(), cx.db().expireAtMs(source));
    reply.integer(1);
  }

  /**
   * {@code MOVE key db} / 1, 0 if there is no key or the other database has one / effects: verbatim
   * if 1 / O(1).
   */
  private static void move(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (cx.keyspaces().hasSlots()) {
      throw NO_MOVE_IN_CLUSTER;
    }
    Keyspace to = database(cx, args, 2);
    if (to == cx.db()) {
      throw SAME_OBJECT;
    }
    Entry source = Typed.find(cx, args, 1);
    if (source == null || to.find(args.array(), args.offset(1), args.length(1)) != null) {
      reply.integer(0);
      return;
    }
    relocate(cx.db(), source, to, args, 1);
    reply.integer(1);
  }

  // --- many keys

  /** {@code KEYS pattern} / array of keys / no effects / O(keys of the database). */
  private static void keys(ExecutionContext cx, Args args, ReplyWriter reply) {
    GlobPattern pattern = GlobPattern.of(args.copy(1));
    int mark = reply.beginArray();
    int[] count = {0};
    cx.db()
        .forEach(
            entry -> {
              if (pattern.matches(entry.key)) {
                reply.bulk(entry.key);
                count[0]++;
              }
            });
    reply.endArray(mark, count[0]);
  }

  /**
   * {@code SCAN cursor [MATCH pattern] [COUNT n] [TYPE name]} / next cursor and an array of keys /
   * no effects / O(n).
   */
  private static void scan(ExecutionContext cx, Args args, ReplyWriter reply) {
    ScanOptions scan = ScanOptions.at(args, 1).options(args, 2, true);
    List<byte[]> found = new ArrayList<>();
    int[] seen = {0};
    long cursor = scan.cursor;
    long visits = scan.maxVisits();
    do {
      cursor =
          cx.db()
              .scan(
                  cursor,
                  entry -> {
                    seen[0]++;
                    if (wanted(scan, entry)) {
                      found.add(entry.key);
                    }
                  });
      visits--;
    } while (cursor != 0 && visits > 0 && seen[0] < scan.count);
    reply.array(2);
    reply.bulk(Long.toUnsignedString(cursor));
    reply.array(found.size());
    for (byte[] key : found) {
      reply.bulk(key);
    }
  }

  private static boolean wanted(ScanOptions scan, Entry entry) {
    String type = scan.type;
    return (type == null || entry.value().type().wireName().equals(type))
        && scan.matches(entry.key, 0, entry.key.length);
  }

  /** {@code RANDOMKEY} / a key, null if there is none / no effects / O(1). */
  private static void randomKey(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = cx.db().random(cx.random());
    if (entry == null) {
      reply.nil();
    } else {
      reply.bulk(entry.key);
    }
  }

  /** {@code DBSIZE} / integer / no effects / O(1). */
  private static void dbSize(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply.integer(cx.db().countKeys());
  }

  // --- whole databases

  private static void checkFlushMode(Args args) {
    if (args.count() > 2 || (args.count() == 2 && !args.is(1, "SYNC") && !args.is(1, "ASYNC"))) {
      throw CommandError.SYNTAX;
    }
  }

  /** {@code FLUSHDB [ASYNC|SYNC]} / OK / effects: verbatim if there were keys / O(1). */
  private static void flushDb(ExecutionContext cx, Args args, ReplyWriter reply) {
    checkFlushMode(args);
    cx.db().clear();
    reply.ok();
  }

  /** {@code FLUSHALL [ASYNC|SYNC]} / OK / effects: verbatim if there were keys / O(databases). */
  private static void flushAll(ExecutionContext cx, Args args, ReplyWriter reply) {
    checkFlushMode(args);
    for (int i = 0; i < cx.keyspaces().count(); i++) {
      cx.keyspaces().database(i).clear();
    }
    reply.ok();
  }

  /** {@code SWAPDB first second} / OK / effects: verbatim if they differ / O(1). */
  private static void swapDb(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (cx.keyspaces().hasSlots()) {
      throw NO_SWAP_IN_CLUSTER;
    }
    long first = index(args, 1, INVALID_FIRST);
    long second = index(args, 2, INVALID_SECOND);
    int count = cx.keyspaces().count();
    if (first < 0 || first >= count || second < 0 || second >= count) {
      throw DATABASE_OUT_OF_RANGE;
    }
    if (!cx.replaying()) {
      cx.transactions().exchanging((int) first, (int) second);
    }
    cx.keyspaces().swap((int) first, (int) second);
    reply.ok();
  }

  private static long index(Args args, int word, CommandError invalid) {
    long index = args.longAt(word, invalid);
    if (index != (int) index) {
      throw invalid;
    }
    return index;
  }

  // --- OBJECT

  /** {@code OBJECT ENCODING key} / name, null if absent / no effects / O(1). */
  private static void objectEncoding(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = peek(cx, args, 2);
    if (entry == null) {
      reply.nil();
    } else {
      reply.bulk(entry.value().encoding());
    }
  }

  /**
   * {@code OBJECT FREQ key} / 0 to 255, an error unless accesses are counted / no effects / O(1).
   */
  private static void objectFreq(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = peek(cx, args, 2);
    if (entry == null) {
      reply.nil();
    } else if (cx.keyspaces().access().policy.countsAccesses()) {
      reply.integer(cx.db().frequency(entry));
    } else {
      throw NO_FREQUENCY;
    }
  }

  /** {@code OBJECT IDLETIME key} / seconds, null if absent / no effects / O(1). */
  private static void objectIdleTime(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = peek(cx, args, 2);
    if (entry == null) {
      reply.nil();
    } else if (cx.keyspaces().access().policy.countsAccesses()) {
      throw NO_IDLE_TIME;
    } else {
      reply.integer(cx.db().idleSeconds(entry));
    }
  }

  /**
   * {@code OBJECT REFCOUNT key} / 1, for a small integer what upstream says of its shared ones,
   * null if absent / no effects / O(1).
   */
  private static void objectRefCount(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = peek(cx, args, 2);
    if (entry == null) {
      reply.nil();
    } else {
      reply.integer(isSharedUpstream(cx, entry) ? SHARED_REFERENCES : 1);
    }
  }

  private static boolean isSharedUpstream(ExecutionContext cx, Entry entry) {
    var access = cx.keyspaces().access();
    if (access.memoryLimited && access.policy.needsAccesses()) {
      return false;
    }
    return entry.value() instanceof StringValue string
        && string.encoding().equals("int")
        && string.longValue() >= 0
        && string.longValue() < SHARED_INTEGERS;
  }

  /** {@code OBJECT HELP} / array of lines / no effects / O(1). */
  private static void objectHelp(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply.array(OBJECT_HELP.length);
    for (String line : OBJECT_HELP) {
      reply.simple(line);
    }
  }
}
