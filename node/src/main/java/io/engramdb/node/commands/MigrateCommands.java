package io.engramdb.node.commands;

import static io.engramdb.node.command.AclCategory.DANGEROUS;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.CommandFlag.NOT_QUEUED;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INCOMPLETE;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.KeyTransfers;
import io.engramdb.node.command.KeyTransfers.Item;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.TransactionPort;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.rdb.ValueDump;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * MIGRATE: brings keys to another server and removes those that it has confirmed.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code cluster.c}, which stands still until the target has
 * answered. Here the client alone waits, and whoever wants to change one of the keys; they can be
 * read meanwhile. Values leave once what was read of them is committed. The keys are watched as
 * well: one that was changed all the same, by a script that did not declare it or by a client that
 * was blocked, stays, and the client is told. Not in transactions and scripts, which would have to
 * stand still. That it may be sent is waited for no longer than the request's time-out.
 *
 * <p>Shard thread only.
 */
public final class MigrateCommands implements CommandFamily {

  private static final CommandError KEY_NOT_EMPTY =
      CommandError.err(
          "When using MIGRATE KEYS option, the key argument must be set to the empty string");
  private static final CommandError NOT_HERE =
      CommandError.err("MIGRATE is not possible inside a script: it waits for another server");
  private static final CommandError TOO_MUCH =
      CommandError.err("too much is being migrated at once, try fewer keys");
  private static final CommandError CHANGED =
      CommandError.err(
          "a key was changed while it was being migrated: the target has its old value");
  private static final CommandError GIVEN_UP =
      new CommandError("IOERR", "error or timeout reading to target instance");

  private static final int FIRST_OPTION = 6;
  private static final int DEFAULT_TIMEOUT_MS = 1000;

  /** Deliveries at once, each with a thread; those count that were given up but have not ended. */
  private static final int MAX_DELIVERIES = 64;

  /** Keys of one command: each is watched, and held. */
  private static final int MAX_KEYS = 1 << 16;

  /** Values that are on their way may together take that part of the heap. */
  private static final int HEAP_SHARE = 4;

  private static final KeySpec.Choice PLACES =
      new KeySpec.Choice(3, "KEYS", FIRST_OPTION, Map.of("AUTH", 1, "AUTH2", 2));

  private final KeyTransfers transfers;
  private final ShardControl control;
  private final boolean clusterEnabled;
  private final long maxBytes = Runtime.getRuntime().maxMemory() / HEAP_SHARE;

  /** By the client's id. */
  private final Map<Long, Migration> running = new HashMap<>();

  /** Whose clients are gone or answered, while their threads still use the values. */
  private final List<Migration> leaving = new ArrayList<>();

  private long bytesOnTheWay;

  /**
   * @param clusterEnabled whether targets may be importing a slot
   */
  public MigrateCommands(KeyTransfers transfers, ShardControl control, boolean clusterEnabled) {
    this.transfers = transfers;
    this.control = control;
    this.clusterEnabled = clusterEnabled;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
    List<KeySpec> places = KeySpec.either(PLACES, -2);
    table
        .write(
            "migrate",
            "2.6.0",
            -6,
            List.of(
                places.getFirst().with(RW, ACCESS, DELETE),
                places.getLast().with(RW, ACCESS, DELETE, INCOMPLETE)),
            EFFECTS,
            this::migrate)
        .flags(MOVABLE_KEYS, NOT_QUEUED)
        .categories(DANGEROUS)
        .add();
  }

  /** Options of a request. */
  private static final class Options {
    boolean copy;
    boolean replace;
    @Nullable Bytes user;
    @Nullable Bytes password;
    int firstKey = 3;
    int endOfKeys = 4;

    Options(Args args) {
      for (int i = FIRST_OPTION; i < args.count() && firstKey == 3; i++) {
        int left = args.count() - i - 1;
        if (args.is(i, "COPY")) {
          copy = true;
        } else if (args.is(i, "REPLACE")) {
          replace = true;
        } else if (args.is(i, "AUTH") && left >= 1) {
          password = args.bytes(++i);
        } else if (args.is(i, "AUTH2") && left >= 2) {
          user = args.bytes(++i);
          password = args.bytes(++i);
        } else if (args.is(i, "KEYS")) {
          if (args.length(3) != 0) {
            throw KEY_NOT_EMPTY;
          }
          firstKey = i + 1;
          endOfKeys = args.count();
        } else {
          throw CommandError.SYNTAX;
        }
      }
    }
  }

  /**
   * {@code MIGRATE host port key|"" database timeout [COPY] [REPLACE] [AUTH password | AUTH2 user
   * password] [KEYS key …]}
   *
   * <p>Reply: OK, or NOKEY if there is none of the keys. Effects: DEL of what the target has
   * confirmed, unless COPY. Cost: O(size of the values). Executed twice: first the values are taken
   * and the client waits, then keys are removed and it is answered.
   */
  private void migrate(ExecutionContext cx, Args args, ReplyWriter reply) {
    Migration begun = running.get(cx.client().id);
    if (begun != null) {
      begun.finish(cx, reply);
      return;
    }
    if (!cx.mayDefer()) {
      throw NOT_HERE;
    }
    Options options = new Options(args);
    long timeoutMs = args.longAt(5);
    long database = args.longAt(4);
    if (options.endOfKeys - options.firstKey > MAX_KEYS) {
      throw TOO_MUCH;
    }
    Set<Bytes> keys = new LinkedHashSet<>();
    for (int word = options.firstKey; word < options.endOfKeys; word++) {
      if (Typed.read(cx, args, word) != null) {
        keys.add(args.bytes(word));
      }
    }
    if (keys.isEmpty()) {
      reply.simple("NOKEY");
      return;
    }
    leaving.removeIf(Migration::isOver);
    if (running.size() + leaving.size() >= MAX_DELIVERIES) {
      throw TOO_MUCH;
    }
    KeyTransfers.Delivery delivery =
        new KeyTransfers.Delivery(
            args.text(1),
            port(args),
            timeoutMs <= 0 ? DEFAULT_TIMEOUT_MS : (int) Math.min(Integer.MAX_VALUE, timeoutMs),
            database,
            options.user,
            options.password,
            options.replace,
            clusterEnabled,
            System.nanoTime(),
            items(cx, keys));
    Migration migration = new Migration(cx, args.detached(), delivery, options.copy);
    running.put(cx.client().id, migration);
    cx.defer(migration);
  }

  /** What is no port leads nowhere, and that is told as any other failure to connect. */
  private static int port(Args args) {
    long port = args.longOr(2, 0);
    return port < 0 || port > 0xFFFF ? 0 : (int) port;
  }

  private List<Item> items(ExecutionContext cx, Set<Bytes> keys) {
    List<Item> items = new ArrayList<>(keys.size());
    long bytes = bytesOnTheWay;
    for (Bytes key : keys) {
      Entry entry = Objects.requireNonNull(cx.db().find(key.array()));
      if (bytes + entry.value().sizeBytes() > maxBytes) {
        // What it takes in memory, so as not to make what there may be no room for.
        throw TOO_MUCH;
      }
      byte[] payload = ValueDump.encode(entry.value());
      bytes += payload.length;
      long ttlMs = entry.expires() ? Math.max(1, cx.db().expireAtMs(entry) - cx.nowMs()) : 0;
      items.add(new Item(key, ttlMs, payload));
    }
    return items;
  }

  /** One client's migration, from taking the values to removing the keys. */
  private final class Migration implements DeferredReply {
    private final Args request;
    private final KeyTransfers.Delivery delivery;
    private final boolean copy;
    private final long client;
    private final int database;
    private final long bytes;
    private final ShardControl.ReadPoint readPoint;
    private final long takenMs;
    private final TransactionPort transactions;
    private final List<Bytes> keys;

    /** Each watches one key. */
    private final List<ClientState> watches = new ArrayList<>();

    private KeyTransfers.@Nullable Transfer transfer;
    private boolean givenUp;

    Migration(ExecutionContext cx, Args request, KeyTransfers.Delivery delivery, boolean copy) {
      this.request = request;
      this.delivery = delivery;
      this.copy = copy;
      this.client = cx.client().id;
      this.database = cx.db().index();
      this.bytes = delivery.items().stream().mapToLong(item -> item.payload().length).sum();
      this.readPoint = control.readPoint();
      this.takenMs = cx.nowMs();
      this.transactions = cx.transactions();
      this.keys = copy ? List.of() : delivery.items().stream().map(Item::key).toList();
      bytesOnTheWay += bytes;
      for (Bytes key : keys) {
        ClientState watch = new ClientState(0, "", "", cx.nowMs());
        watch.database = database;
        transactions.watch(watch, key);
        watches.add(watch);
      }
      control.holdKeys(database, keys);
    }

    @Override
    public Args executedAgain() {
      return request;
    }

    @Override
    public boolean isReady(boolean expired) {
      KeyTransfers.Transfer begun = transfer;
      if (begun == null) {
        givenUp |= expired;
        if (!givenUp && control.mayTell(readPoint)) {
          transfer = transfers.begin(delivery);
        }
        return givenUp;
      }
      if (expired) {
        begun.abort();
      }
      return begun.result() != null;
    }

    void finish(ExecutionContext cx, ReplyWriter reply) {
      KeyTransfers.Result result = transfer == null ? null : transfer.result();
      if (givenUp || result == null) {
        throw GIVEN_UP;
      }
      boolean changed = false;
      int removed = 0;
      for (int i = 0; i < keys.size(); i++) {
        if (!result.taken().get(i)) {
          continue;
        }
        boolean broken = watches.get(i).transaction.broken;
        Entry entry = cx.db().find(keys.get(i).array());
        if (broken || entry == null) {
          // Its time has come at the target as well; but what was deleted has come back there.
          changed |= entry != null || !isDue(delivery.items().get(i), cx.nowMs());
          continue;
        }
        cx.db().remove(entry);
        cx.effects().record(database, EffectWords.DEL, keys.get(i).array());
        removed++;
      }
      CommandError failure = result.failure() == null && changed ? CHANGED : result.failure();
      if (failure == null) {
        reply.ok();
      } else if (removed == 0) {
        throw failure;
      } else {
        reply.error(failure);
      }
    }

    private boolean isDue(Item item, long nowMs) {
      return item.ttlMs() > 0 && nowMs - takenMs >= item.ttlMs();
    }

    /** Whether nobody uses the values any more; told once, and then they count no longer. */
    private boolean isOver() {
      boolean over = transfer == null || transfer.result() != null;
      bytesOnTheWay -= over ? bytes : 0;
      return over;
    }

    @Override
    public void ended() {
      running.remove(client);
      if (!isOver()) {
        leaving.add(this);
      }
      watches.forEach(transactions::unwatch);
      control.releaseKeys(database, keys);
      if (transfer != null) {
        transfer.abort();
      }
    }

    @Override
    public boolean tryComplete(ReplyWriter reply, boolean expired) {
      throw new IllegalStateException("a migration is executed again");
    }

    @Override
    public long deadlineMs() {
      return transfer == null ? takenMs + delivery.timeoutMs() : Long.MAX_VALUE;
    }
  }
}
