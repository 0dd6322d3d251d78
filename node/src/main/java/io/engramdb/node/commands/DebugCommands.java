package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigFile;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.rdb.DatasetDigest;
import io.engramdb.node.rdb.ValueDump;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DEBUG, as far as test suites and tools use it. What it changes is logged like any write.
 *
 * <p>Upstream behaviour: Redis 7.0 {@code debug.c}. Differences: POPULATE is replicated; RELOAD and
 * LOADAOF go through a snapshot and the log, and never leave other data than the log has; what
 * crashes the server is not there; switches of mechanisms that this server does not have are
 * accepted without effect.
 */
final class DebugCommands implements CommandFamily {

  private static final Logger LOG = LoggerFactory.getLogger(DebugCommands.class);

  private static final List<String> HELP =
      List.of(
          "CHANGE-REPL-ID",
          "    Nothing: the history of a shard has one identity.",
          "CONFIG-REWRITE-FORCE-ALL",
          "    CONFIG REWRITE with the values of all directives.",
          "DIGEST",
          "    A digest of all data; equal data have equal digests.",
          "DIGEST-VALUE <key> [<key> ...]",
          "    A digest of each value.",
          "ERROR <string>",
          "    Answers with that error.",
          "HTSTATS <dbid>",
          "    Figures of the hash table of a database.",
          "HTSTATS-KEY <key>",
          "    Figures of a value that is kept in a hash table.",
          "LISTPACK <key>",
          "    Writes the size of a packed value to the log.",
          "LOADAOF",
          "    Makes memory anew from the newest snapshot and the log.",
          "LOG <message>",
          "    Writes a message to the log of the server.",
          "OBJECT <key>",
          "    How a value is kept.",
          "PAUSE-CRON <0|1>",
          "    1 stops expiry and resizing in the background.",
          "POPULATE <count> [<prefix>] [<size>]",
          "    Creates string keys <prefix>:<number>; they are replicated.",
          "PROTOCOL <type>",
          "    A reply of the type: string, integer, double, bignum, null, array, set, map,",
          "    attrib, push, verbatim, true, false.",
          "QUICKLIST <key> [<0|1>]",
          "    Writes the size of a long list to the log.",
          "QUICKLIST-PACKED-THRESHOLD <size>",
          "    Nothing: an element that exceeds a chunk has a chunk of its own.",
          "RELOAD [option ...]",
          "    As LOADAOF, behind a snapshot that is made first unless NOSAVE is given.",
          "REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time>, REPLYBUFFER RESIZING <0|1>",
          "    Nothing: reply buffers are not resized by time.",
          "SDSLEN <key>",
          "    Lengths of a key and its string.",
          "SET-ACTIVE-EXPIRE <0|1>",
          "    0 stops expiry in the background.",
          "SET-DISABLE-DENY-SCRIPTS <0|1>",
          "    1 lets scripts call every command.",
          "SLEEP <seconds>",
          "    Stops the shard for that time.",
          "STRINGMATCH-LEN <pattern> <string>",
          "    1 if the string matches the pattern.");

  private static final CommandError NOT_ALLOWED =
      CommandError.err(
          "DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you"
              + " can run it from a local connection, otherwise you need to set this option in the"
              + " configuration file, and then restart the server.");
  private static final CommandError NOT_POSITIVE =
      CommandError.err("value is out of range, must be positive");
  private static final CommandError WRONG_THRESHOLD =
      CommandError.err("argument must be a memory value bigger than 1 and smaller than 4gb");
  private static final CommandError WRONG_TYPE_NAME =
      CommandError.err(
          "Wrong protocol type name. Please use one of the following: string|integer|double|bignum|"
              + "null|array|set|map|attrib|push|verbatim|true|false");
  private static final CommandError WRONG_RELOAD =
      CommandError.err("DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
  private static final CommandError NOT_IN_TRANSACTION =
      CommandError.err("Command not allowed inside a transaction");

  private static final byte[] SET = {'s', 'e', 't'};
  private static final long MAX_THRESHOLD_BYTES = (1L << 32) - 1;
  private static final double NANOS_PER_SECOND = 1e9;

  /** Type, version and checksum of a payload: not part of the value. */
  private static final int PAYLOAD_FRAME_BYTES = 11;

  /** What one POPULATE may write, bytes of keys and values: half of a heap at most. */
  private static final long MAX_POPULATED_BYTES = Runtime.getRuntime().maxMemory() / 2;

  private static final int NAME_BYTES = 32;

  private final Configuration configuration;
  private final ShardStatus status;
  private final ShardControl control;

  DebugCommands(ShardServices services) {
    configuration = services.configuration();
    status = services.status();
    control = services.control();
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table.other("debug", "1.0.0", -2, this::debug).flags(ADMIN, NOSCRIPT, LOADING, STALE).add();
  }

  /** {@code DEBUG subcommand …}; refused unless {@code enable-debug-command} allows it. */
  private void debug(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (!allowed(cx)) {
      throw NOT_ALLOWED;
    }
    String name = args.text(1).toLowerCase(Locale.ROOT);
    boolean known =
        switch (args.count()) {
          case 2 -> alone(name, cx, reply);
          case 3 -> withOne(name, cx, args, reply) || withSwitch(name, args, reply);
          default -> false;
        };
    if (!known && !withMany(name, cx, args, reply)) {
      throw HelpReply.unknownOrArity("DEBUG", args.text(1));
    }
  }

  private boolean allowed(ExecutionContext cx) {
    return ConfigCommands.permits(configuration.text("enable-debug-command"), cx);
  }

  private boolean alone(String name, ExecutionContext cx, ReplyWriter reply) {
    switch (name) {
      case "help" -> HelpReply.write(reply, "DEBUG", HELP);
      case "digest" -> {
        checkReadable();
        reply.simple(DatasetDigest.of(cx.keyspaces()));
      }
      case "loadaof" -> reload(cx, reply, false);
      case "change-repl-id" -> reply.ok();
      case "config-rewrite-force-all" -> {
        try {
          ConfigFile.rewriteAll(configuration);
        } catch (ConfigException failed) {
          throw CommandError.err("CONFIG-REWRITE-FORCE-ALL failed");
        }
        reply.ok();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean withOne(String name, ExecutionContext cx, Args args, ReplyWriter reply) {
    switch (name) {
      case "object" -> object(cx, args, reply);
      case "sdslen" -> stringLengths(cx, args, reply);
      case "listpack" -> structure(cx, args, reply, "listpack", "Listpack");
      case "htstats" -> databaseTable(cx, args, reply);
      case "htstats-key" -> valueTable(cx, args, reply);
      case "protocol" -> protocol(args, reply);
      case "log" -> {
        LOG.warn("DEBUG LOG: {}", args.text(2));
        reply.ok();
      }
      case "error" -> {
        String[] words = args.text(2).split(" ", 2);
        throw new CommandError(words[0], words.length > 1 ? words[1] : "");
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean withSwitch(String name, Args args, ReplyWriter reply) {
    switch (name) {
      case "sleep" -> sleep(args);
      case "set-active-expire" -> control.expireInBackground(isOn(args));
      case "pause-cron" -> control.pauseBackground(isOn(args));
      case "set-disable-deny-scripts" -> control.allowAllInScripts(isOn(args));
      case "set-skip-checksum-validation", "aof-flush-sleep" -> {
        // There is nothing to switch.
      }
      case "quicklist-packed-threshold" -> checkThreshold(args);
      default -> {
        return false;
      }
    }
    reply.ok();
    return true;
  }

  private boolean withMany(String name, ExecutionContext cx, Args args, ReplyWriter reply) {
    int count = args.count();
    if (name.equals("digest-value")) {
      valueDigests(cx, args, reply);
    } else if (name.equals("reload")) {
      reloadWith(cx, args, reply);
    } else if (name.equals("populate") && count >= 3 && count <= 5) {
      populate(cx, args, reply);
    } else if (name.equals("quicklist") && (count == 3 || count == 4)) {
      structure(cx, args, reply, "quicklist", "Quicklist");
    } else if (name.equals("stringmatch-len") && count == 4) {
      reply.integer(GlobPattern.of(args.copy(2)).matches(args.copy(3)) ? 1 : 0);
    } else if (name.equals("replybuffer") && count == 4) {
      replyBuffer(args);
      reply.ok();
    } else {
      return false;
    }
    return true;
  }

  private static boolean isOn(Args args) {
    return args.longOr(2, 0) != 0;
  }

  // --- reading

  /** The command itself runs in every state; what shows data does not. */
  private void checkReadable() {
    if (status.loading()) {
      throw CommandError.LOADING;
    }
  }

  private Entry present(ExecutionContext cx, Args args) {
    checkReadable();
    Entry entry = cx.db().inspect(args.copy(2));
    if (entry == null) {
      throw CommandError.NO_SUCH_KEY;
    }
    return entry;
  }

  /** {@code DEBUG DIGEST-VALUE [key …]}; reply: array of statuses; O(size of the values). */
  private void valueDigests(ExecutionContext cx, Args args, ReplyWriter reply) {
    checkReadable();
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      Entry entry = cx.db().inspect(args.copy(i));
      reply.simple(
          entry == null
              ? DatasetDigest.ofNothing()
              : DatasetDigest.of(entry.value(), entry.expires()));
    }
  }

  /** {@code DEBUG OBJECT key}; reply: status; O(size of the value). */
  private void object(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = present(cx, args);
    Value value = entry.value();
    long idleSeconds = cx.db().idleSeconds(entry);
    String text =
        "Value at:0x%x refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d"
            .formatted(
                System.identityHashCode(value),
                value.encoding(),
                ValueDump.encode(value).length - PAYLOAD_FRAME_BYTES,
                (cx.nowMs() / 1000 - idleSeconds) & 0xffffff,
                idleSeconds);
    if (value instanceof ListValue list && value.encoding().equals("quicklist")) {
      text +=
          " ql_nodes:%d ql_avg_node:%s ql_listpack_max:%s ql_compressed:0 ql_uncompressed_size:%d"
              .formatted(
                  list.chunkCount(),
                  "%.2f".formatted((double) list.size() / list.chunkCount()),
                  configuration.text("list-max-listpack-size"),
                  list.formatBytes());
    }
    reply.simple(text);
  }

  /** {@code DEBUG SDSLEN key}; reply: status. Strings have no spare room that could be told. */
  private void stringLengths(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = present(cx, args);
    if (!(entry.value() instanceof StringValue string) || string.encoding().equals("int")) {
      throw CommandError.err("Not an sds encoded string.");
    }
    reply.simple(
        ("key_sds_len:%d, key_sds_avail:0, key_zmalloc: %d, val_sds_len:%d, val_sds_avail:%d,"
                + " val_zmalloc: %d")
            .formatted(
                entry.key.length,
                entry.key.length,
                string.length(),
                string.array().length - string.length(),
                string.array().length));
  }

  private void structure(
      ExecutionContext cx, Args args, ReplyWriter reply, String encoding, String shown) {
    Entry entry = present(cx, args);
    if (!entry.value().encoding().equals(encoding)) {
      throw CommandError.err("Not a " + encoding + " encoded object.");
    }
    LOG.info(
        "{}: {} elements in {} bytes",
        encoding,
        entry.value().elementCount(),
        entry.value().sizeBytes());
    reply.simple(shown + " structure printed on stdout");
  }

  /** {@code DEBUG HTSTATS dbid}; reply: text. */
  private void databaseTable(ExecutionContext cx, Args args, ReplyWriter reply) {
    long index = args.longAt(2);
    if (index < 0 || index >= cx.keyspaces().count()) {
      throw CommandError.err("Out of range database");
    }
    Keyspace database = cx.keyspaces().database((int) index);
    text(
        reply,
        "[Dictionary HT]\n"
            + table(database.bucketCount(), database.countKeys())
            + "[Expires HT]\n"
            + table(database.expiringCount(), database.expiringCount()));
  }

  /** {@code DEBUG HTSTATS-KEY key}; reply: text. */
  private void valueTable(ExecutionContext cx, Args args, ReplyWriter reply) {
    Value value = present(cx, args).value();
    String encoding = value.encoding();
    if (!encoding.equals("hashtable") && !encoding.equals("skiplist")) {
      throw CommandError.err(
          "The value stored at the specified key is not represented using an hash table");
    }
    text(reply, table(value.elementCount(), value.elementCount()));
  }

  private static String table(long buckets, long elements) {
    String head = "Hash table 0 stats (main hash table):\n";
    if (elements == 0) {
      return head + "No stats available for empty dictionaries\n";
    }
    return head + " table size: %d\n number of elements: %d\n".formatted(buckets, elements);
  }

  private static void text(ReplyWriter reply, String text) {
    reply.verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
  }

  // --- replies

  /** {@code DEBUG PROTOCOL type}; reply: of that type. */
  private static void protocol(Args args, ReplyWriter reply) {
    switch (args.text(2).toLowerCase(Locale.ROOT)) {
      case "string" -> reply.bulk("Hello World");
      case "integer" -> reply.integer(12345);
      case "double" -> reply.real(3.141);
      case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
      case "null" -> reply.nil();
      case "array" -> {
        reply.array(3);
        countToThree(reply);
      }
      case "set" -> {
        reply.set(3);
        countToThree(reply);
      }
      case "map" -> {
        reply.map(3);
        for (int i = 0; i < 3; i++) {
          reply.integer(i);
          reply.bool(i == 1);
        }
      }
      case "attrib" -> attributed(reply);
      case "push" -> pushed(reply);
      case "true" -> reply.bool(true);
      case "false" -> reply.bool(false);
      case "verbatim" -> text(reply, "This is a verbatim\nstring");
      default -> throw WRONG_TYPE_NAME;
    }
  }

  private static void countToThree(ReplyWriter reply) {
    for (int i = 0; i < 3; i++) {
      reply.integer(i);
    }
  }

  private static void attributed(ReplyWriter reply) {
    if (reply.attribute(1)) {
      reply.bulk("key-popularity");
      reply.array(2);
      reply.bulk("key:123");
      reply.integer(90);
    }
    reply.bulk("Some real reply following the attribute");
  }

  private static void pushed(ReplyWriter reply) {
    if (reply.protocol() < 3) {
      throw CommandError.err("RESP2 is not supported by this command");
    }
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.integer(42);
    reply.bulk("Some real reply following the push reply");
  }

  // --- switches

  /** Stops this shard's thread: whoever it serves waits, as when the process is paused. */
  private static void sleep(Args args) {
    double seconds;
    try {
      seconds = Double.parseDouble(args.text(2));
    } catch (NumberFormatException none) {
      seconds = 0;
    }
    long endNanos = System.nanoTime() + (long) (seconds * NANOS_PER_SECOND);
    long leftNanos = endNanos - System.nanoTime();
    while (leftNanos > 0) {
      LockSupport.parkNanos(leftNanos);
      leftNanos = endNanos - System.nanoTime();
    }
  }

  private static void checkThreshold(Args args) {
    String text = args.text(2).toLowerCase(Locale.ROOT);
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    long unit =
        switch (text.substring(digits)) {
          case "", "b" -> 1;
          case "k" -> 1000;
          case "kb" -> 1L << 10;
          case "m" -> 1_000_000;
          case "mb" -> 1L << 20;
          case "g" -> 1_000_000_000;
          case "gb" -> 1L << 30;
          default -> 0;
        };
    boolean number = digits > 0 && digits < 12 && unit > 0;
    if (!number || Long.parseLong(text.substring(0, digits)) * unit > MAX_THRESHOLD_BYTES) {
      throw WRONG_THRESHOLD;
    }
  }

  private static void replyBuffer(Args args) {
    boolean word = args.is(3, "NEVER") || args.is(3, "RESET");
    if (args.is(2, "PEAK-RESET-TIME")) {
      if (!word) {
        args.longAt(3);
      }
    } else if (!args.is(2, "RESIZING")) {
      throw HelpReply.unknownOrArity("DEBUG", args.text(1));
    }
  }

  // --- changing

  private static long notNegative(Args args, int word) {
    return args.longInRange(word, 0, Long.MAX_VALUE, NOT_POSITIVE);
  }

  /**
   * {@code DEBUG POPULATE count [prefix] [size]}; reply: OK; effects: a SET for each key that was
   * not there; O(count × size).
   */
  private void populate(ExecutionContext cx, Args args, ReplyWriter reply) {
    long keys = notNegative(args, 2);
    long sizeBytes = args.count() == 5 ? notNegative(args, 4) : 0;
    byte[] prefix = args.count() >= 4 ? args.copy(3) : "key".getBytes(StandardCharsets.US_ASCII);
    if (!status.isPrimary()) {
      throw CommandError.READ_ONLY;
    }
    if (keys > MAX_POPULATED_BYTES / (sizeBytes + prefix.length + NAME_BYTES)) {
      throw CommandError.OOM;
    }
    for (long i = 0; i < keys; i++) {
      byte[] name = join(prefix, ":" + i);
      if (cx.db().find(name) == null) {
        byte[] value = populated(i, (int) sizeBytes);
        cx.db().add(name, 0, name.length, new StringValue(value, 0, value.length));
        cx.effects().record(cx.db().index(), SET, name, value);
      }
    }
    reply.ok();
  }

  private static byte[] join(byte[] prefix, String rest) {
    byte[] end = rest.getBytes(StandardCharsets.US_ASCII);
    byte[] whole = Arrays.copyOf(prefix, prefix.length + end.length);
    System.arraycopy(end, 0, whole, prefix.length, end.length);
    return whole;
  }

  private static byte[] populated(long number, int sizeBytes) {
    byte[] text = ("value:" + number).getBytes(StandardCharsets.US_ASCII);
    return sizeBytes == 0 ? text : Arrays.copyOf(text, sizeBytes);
  }

  private void reloadWith(ExecutionContext cx, Args args, ReplyWriter reply) {
    boolean save = true;
    boolean flush = true;
    boolean merge = false;
    for (int i = 2; i < args.count(); i++) {
      switch (args.text(i).toUpperCase(Locale.ROOT)) {
        case "NOSAVE" -> save = false;
        case "NOFLUSH" -> flush = false;
        case "MERGE" -> merge = true;
        default -> throw WRONG_RELOAD;
      }
    }
    if (!flush && !merge) {
      // What is on disk is what is in memory: every key would be there twice.
      throw ReloadReply.FAILED;
    }
    reload(cx, reply, save);
  }

  private void reload(ExecutionContext cx, ReplyWriter reply, boolean save) {
    if (!cx.mayDefer()) {
      throw NOT_IN_TRANSACTION;
    }
    if (!status.isPrimary()) {
      throw CommandError.READ_ONLY;
    }
    ReloadReply waiting = new ReloadReply(status, control, save, cx.nowMs());
    if (!waiting.tryComplete(reply, false)) {
      cx.defer(waiting);
    }
  }

  /** The reply of RELOAD: a snapshot, then a moment at which nothing is on its way, then reload. */
  private static final class ReloadReply implements DeferredReply {
    static final CommandError FAILED = CommandError.err("Error trying to load the RDB dump");

    /** Time for the snapshot and for the moment to come, milliseconds. */
    private static final long PATIENCE_MS = 60_000;

    private final ShardStatus status;
    private final ShardControl control;
    private final long deadlineMs;
    private boolean mustSave;
    private boolean saving;
    private boolean reloaded;

    ReloadReply(ShardStatus status, ShardControl control, boolean save, long nowMs) {
      this.status = status;
      this.control = control;
      this.mustSave = save;
      this.deadlineMs = nowMs + PATIENCE_MS;
    }

    @Override
    public boolean tryComplete(ReplyWriter reply, boolean expired) {
      CommandError error = advance(expired);
      if (error != null) {
        reply.error(error);
        return true;
      }
      if (reloaded) {
        reply.ok();
      }
      return reloaded;
    }

    private @Nullable CommandError advance(boolean expired) {
      if (expired) {
        return FAILED;
      }
      if (status.snapshots().running()) {
        return null;
      }
      if (saving) {
        saving = false;
        if (status.snapshots().lastFailed()) {
          return FAILED;
        }
      }
      if (mustSave) {
        String refusal = control.startSnapshot();
        if (refusal != null) {
          return CommandError.err(refusal);
        }
        mustSave = false;
        saving = true;
        return null;
      }
      return switch (control.reload()) {
        case DONE -> {
          reloaded = true;
          yield null;
        }
        case NOT_YET -> null;
        case FAILED -> FAILED;
      };
    }

    @Override
    public long deadlineMs() {
      return deadlineMs;
    }
  }
}
