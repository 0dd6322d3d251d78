package io.engramdb.node.server;

import io.engramdb.node.cluster.SlotCheck;
import io.engramdb.node.cluster.SlotHash;
import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.commands.MigrateCommands;
import io.engramdb.node.commands.ShardServices;
import io.engramdb.node.commands.TransactionCommands;
import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigListener;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.MemberSetting;
import io.engramdb.node.durability.ArchiveHold;
import io.engramdb.node.durability.DurabilitySettings;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.durability.ShardRestorer;
import io.engramdb.node.durability.SnapshotPeers;
import io.engramdb.node.durability.SnapshotSettings;
import io.engramdb.node.engine.AccessRecord;
import io.engramdb.node.engine.EvictionPolicy;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.metrics.ShardMetrics;
import io.engramdb.node.net.PollingLoop;
import io.engramdb.node.net.RespServer;
import io.engramdb.node.net.RespWriters;
import io.engramdb.node.net.RestoreSockets;
import io.engramdb.node.net.TransportChoice;
import io.engramdb.node.peer.PubSubRelay;
import io.engramdb.node.peer.SilentMembers;
import io.engramdb.node.pubsub.MessageHub;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.security.AclCheck;
import io.engramdb.node.security.AuthCheck;
import io.engramdb.node.security.UserRegistry;
import io.engramdb.node.session.RightsWatch;
import io.engramdb.node.session.SessionRegistry;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardLimits;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.txlog.ratis.RatisTxLog;
import io.netty.channel.IoEventLoopGroup;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** Builds every part of a data node; nothing is started. */
final class NodeWiring {
  static final int CLUSTER_DATABASES = 1;
  private static final long SAMPLE_MS = 100;
  private static final long LOOP_END_MS = 1000;

  /** Directory of the node's own snapshots within {@code dir}. */
  static final String SNAPSHOT_DIRECTORY = "snapshots";

  private final Configuration configuration;
  private final LogSettings settings;
  private final boolean clusterEnabled;

  private final Late<DurableShard> durable = new Late<>("shard");
  private final Late<SessionRegistry> sessions = new Late<>("session registry");
  private final Late<MessageHub> hub = new Late<>("message hub");
  private final Late<CommandTable> table = new Late<>("command table");
  private final Late<StoreDay> storeDay = new Late<>("snapshot store");
  private final Late<StoreArchive> storeArchive = new Late<>("log archive");
  private final Late<ReplicaFeeds> replicaFeeds = new Late<>("replica feeds");

  private final TransportChoice transport;
  private final IoEventLoopGroup loop;
  private final RatisTxLog log;
  private final ShardScheduler scheduler;
  private final ExecutorService background;
  private final SilentMembers silent;
  private final LogSampler sampler;
  private final ShardPicture picture;
  private final DiskWatch diskWatch;
  private final UserRegistry users;
  private final ShardMetrics metrics = new ShardMetrics();
  private final OutOfMemoryScore outOfMemoryScore;
  private final RestoreSockets restoreSockets = new RestoreSockets(metrics.node());
  private final ShardServices services;
  private final ValueLimits limits;
  private final SnapshotSettings snapshots;
  private final ExecutorService snapshotWriter = thread("snapshot");
  private final ExecutorService snapshotReader = thread("snapshot-read");
  private final Runnable restart;
  private final ScriptHost scripts = new ScriptHost(System::nanoTime, LocalProcess.valueBytes());

  /** What the server starts and stops. */
  record Parts(
      DurableShard durable,
      ClientPorts ports,
      MonitoringPages pages,
      ShardScheduler scheduler,
      LogSampler sampler,
      DiskWatch diskWatch,
      StoreDay storeDay,
      StoreArchive storeArchive,
      CollectorPauses pauses,
      Runnable release) {}

  private NodeWiring(
      Configuration configuration,
      LogSettings settings,
      ShardOperations.Stopper stopper,
      Runnable restart)
      throws ConfigException, IOException {
    this.configuration = configuration;
    this.settings = settings;
    this.restart = restart;
    transport = TransportChoice.best();
    loop = transport.newLoop("shard");
    clusterEnabled = configuration.flag("cluster-enabled");
    log =
        new RatisTxLog(
            settings.log(), ns -> metrics.node().flushed(ns, System.currentTimeMillis()));
    scheduler = new LoopScheduler(loop.next());
    background = thread("rebuild");
    silent =
        new SilentMembers(
            log.messages(),
            otherKeepers(),
            2L * settings.log().electionTimeoutMaxMs(),
            System::nanoTime);
    sampler = new LogSampler(log, silent::look);
    outOfMemoryScore = new OutOfMemoryScore(OutOfMemoryScore.FILE, configuration);
    users = UserRegistry.open();
    picture =
        new ShardPicture(
            durable, sessions, sampler, silent, storeDay, storeArchive, configuration, settings);
    services =
        new ShardServices(
            configuration,
            picture,
            new ShardOperations(durable, sampler, stopper, replicaFeeds),
            new LocalProcess(configuration),
            metrics,
            scripts,
            table,
            clusterEnabled ? picture::view : null);
    limits = valueLimits();
    snapshots = snapshotSettings();
    storeDay.set(new StoreDay(configuration, settings, snapshots, durable, scheduler));
    storeArchive.set(new StoreArchive(configuration, settings, snapshots, durable, log, scheduler));
    replicaFeeds.set(new ReplicaFeeds(configuration, snapshots, durable, sessions, log, scheduler));
    diskWatch =
        new DiskWatch(
            settings.log().directory(),
            () -> configuration.number("log-disk-reserve"),
            low -> scheduler.execute(() -> durable.get().shard().limits().logDiskLow = low));
  }

  /**
   * Builds a node.
   *
   * @param stopper what SHUTDOWN uses
   * @param restart begins the node anew within its process; any thread
   * @throws ConfigException if directives contradict each other
   * @throws IOException if the directory of snapshots can't be used
   */
  static Parts build(
      Configuration configuration,
      LogSettings settings,
      ShardOperations.Stopper stopper,
      Runnable restart)
      throws ConfigException, IOException {
    return new NodeWiring(configuration, settings, stopper, restart).build();
  }

  private static ExecutorService thread(String name) {
    return Executors.newSingleThreadExecutor(Thread.ofPlatform().name(name).daemon().factory());
  }

  /** Ends all threads; what they held can be collected then. Not for one of them. */
  private void release() {
    replicaFeeds.get().close();
    background.shutdownNow();
    snapshotWriter.shutdownNow();
    snapshotReader.shutdownNow();
    restoreSockets.close();
    outOfMemoryScore.end();
    loop.shutdownGracefully(0, LOOP_END_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
  }

  private Parts build() throws ConfigException {
    CommandTable.Builder builder = new CommandTable.Builder();
    for (CommandFamily family : families()) {
      family.register(builder);
    }
    table.set(builder.build());
    users.speakOf(table.get());
    ConfiguredUsers.read(configuration, users);
    durable.set(
        new DurableShard(
            new DurableShard.Parts(
                table.get(),
                checks(),
                this::emptyKeyspaces,
                log,
                scheduler,
                background,
                new SplittableRandom(new SecureRandom().nextLong()),
                UUID::randomUUID,
                new MeasuredExecution(metrics, () -> durable.get().shard().nowMs(), hub, scripts),
                metrics.node(),
                durabilitySettings(),
                snapshots,
                failure -> ProcessEnd.fatal("the log failed", failure))));
    ArchiveHold hold = storeArchive.get().hold();
    if (hold != null) {
      durable.get().archive(hold);
    }
    sessions.set(
        new SessionRegistry(durable.get().shard(), scheduler, new RespWriters(), users::greet));
    users.listen(new RightsWatch(sessions.get(), scheduler)::changed);
    durable.get().shard().keyspaces().users().listen(users::logged);
    PubSubRelay relay = new PubSubRelay(log.messages(), otherDataMembers(), scheduler, hub);
    log.messages().receive((from, message, done) -> received(relay, from, message, done));
    hub.set(
        new MessageHub(
            durable.get().shard(), id -> sessions.get().find(id), relay, metrics.node()));
    sessions.get().onEnd(hub.get()::forget);
    Shard shard = durable.get().shard();
    scripts.whileBusy(() -> shard.lookAround(scripts, ((PollingLoop) loop.next())::lookAround));
    followLimits();
    RespServer server =
        new RespServer(
            new RespServer.Parts(
                transport,
                loop,
                sessions.get()::open,
                metrics.node(),
                protectedMode(),
                error -> ProcessEnd.fatal("the shard's thread failed", error)),
            ClientPorts.limits(configuration));
    scheduler.schedule(this::sample, SAMPLE_MS);
    return new Parts(
        durable.get(),
        new ClientPorts(configuration, server),
        new MonitoringPages(services, () -> durable.get().shard().keyspaces(), scheduler),
        scheduler,
        sampler,
        diskWatch,
        storeDay.get(),
        storeArchive.get(),
        new CollectorPauses(ms -> metrics.node().paused(ms, System.currentTimeMillis())),
        this::release);
  }

  private List<AdmissionCheck> checks() {
    List<AdmissionCheck> checks = new ArrayList<>();
    checks.add(new AuthCheck(users));
    checks.add(new AclCheck(users));
    if (clusterEnabled) {
      checks.add(new SlotCheck(picture::view));
    }
    if (isSnapshotter()) {
      checks.add(new SnapshotterRefusal());
    }
    return checks;
  }

  /** On the thread of messages. */
  private void received(PubSubRelay relay, String from, byte[] message, Runnable done) {
    if (SilentMembers.takes(message)) {
      silent.received(from, message);
      done.run();
      return;
    }
    if (!DurableShard.takes(message)) {
      relay.received(from, message, done);
      return;
    }
    scheduler.execute(
        () -> {
          durable.get().received(from, message);
          done.run();
        });
  }

  /** Whether only the loopback interface is served: as long as nobody has to log in. */
  private BooleanSupplier protectedMode() {
    AtomicBoolean on = new AtomicBoolean();
    configuration.followFlag("protected-mode", on::set);
    return () -> on.get() && users.isOpen();
  }

  private List<CommandFamily> families() {
    List<CommandFamily> families = new ArrayList<>(AllCommands.dataFamilies(limits));
    families.add(new MigrateCommands(restoreSockets, services.control(), clusterEnabled));
    families.add(new TransactionCommands());
    families.addAll(AllCommands.scriptFamilies(scripts));
    families.addAll(
        AllCommands.connectionFamilies(users, picture, clusterEnabled, sessions::get, hub));
    families.addAll(AllCommands.serverFamilies(services));
    return families;
  }

  /** Limits of collections follow the configuration; any thread reads them. */
  private ValueLimits valueLimits() {
    ValueLimits limits = new ValueLimits();
    followLimit("hash-max-listpack-entries", limit -> limits.hashPackedEntries = limit);
    followLimit("hash-max-listpack-value", limit -> limits.hashPackedValueBytes = limit);
    followLimit("list-max-listpack-size", limit -> limits.listChunkLimit = limit);
    followLimit("set-max-intset-entries", limit -> limits.setIntegerEntries = limit);
    followLimit("set-max-listpack-entries", limit -> limits.setPackedEntries = limit);
    followLimit("set-max-listpack-value", limit -> limits.setPackedValueBytes = limit);
    followLimit("zset-max-listpack-entries", limit -> limits.sortedSetPackedEntries = limit);
    followLimit("zset-max-listpack-value", limit -> limits.sortedSetPackedValueBytes = limit);
    configuration.followNumber("stream-node-max-bytes", size -> limits.streamBlockBytes = size);
    configuration.followNumber("stream-node-max-entries", n -> limits.streamBlockEntries = n);
    configuration.followNumber(
        "hll-sparse-max-bytes", size -> limits.hyperLogLogSparseBytes = size);
    configuration.followNumber(
        "proto-max-bulk-len",
        bytes -> limits.stringBytes = Math.min(bytes, LocalProcess.valueBytes()));
    return limits;
  }

  private void followLimit(String name, IntConsumer limit) {
    configuration.followNumber(
        name, value -> limit.accept((int) Math.min(Integer.MAX_VALUE, value)));
  }

  /** Limits of the shard follow the configuration, on the shard's thread. */
  private void followLimits() {
    configuration.followNumber(
        "maxmemory", bytes -> scheduler.execute(() -> durable.get().shard().limitMemory(bytes)));
    followShardLimits();
    followClientMemory();
    configuration.followNumber(
        "busy-reply-threshold", ms -> scheduler.execute(() -> scripts.busyAfterMs(ms)));
    configuration.followNumber(
        "slowlog-log-slower-than", usec -> metrics.slowLog().setThresholdUsec(usec));
    configuration.followNumber(
        "slowlog-max-len",
        entries -> scheduler.execute(() -> metrics.slowLog().setMaxEntries((int) entries)));
    configuration.followNumber("latency-monitor-threshold", metrics.node().events::setThresholdMs);
    configuration.followText(
        "notify-keyspace-events",
        letters -> scheduler.execute(() -> hub.get().configureEvents(letters)));
    configuration.followNumber(
        "tracking-table-max-keys",
        keys -> scheduler.execute(() -> hub.get().limitTrackedKeys(keys)));
    configuration.followText(
        "client-output-buffer-limit",
        limits -> scheduler.execute(() -> sessions.get().limits().set(List.of(limits.split(" ")))));
    configuration.followFlag(
        "latency-tracking",
        on -> scheduler.execute(() -> metrics.commands().setLatencyTracking(on)));
  }

  private void followShardLimits() {
    AccessRecord access = durable.get().shard().keyspaces().access();
    ShardLimits limits = durable.get().shard().limits();
    configuration.followText(
        "maxmemory-policy",
        name -> scheduler.execute(() -> access.policy = EvictionPolicy.of(name)));
    followOnShard("maxmemory-samples", value -> access.samples = value);
    followOnShard("lfu-log-factor", value -> access.logFactor = value);
    followOnShard("lfu-decay-time", value -> access.decayMinutes = value);
    followOnShard("maxmemory-eviction-tenacity", value -> limits.evictionTenacity = value);
    limits.replicasOnline = picture::replicasOnline;
    followOnShard("min-replicas-to-write", value -> limits.replicasToWrite = value);
  }

  private void followClientMemory() {
    ConfigListener listener =
        changed -> {
          long bytes = clientMemoryBytes(changed);
          scheduler.execute(() -> sessions.get().memory().limit(bytes));
        };
    configuration.listen(listener, "maxmemory-clients", "maxmemory");
    long bytes = clientMemoryBytes(configuration);
    scheduler.execute(() -> sessions.get().memory().limit(bytes));
  }

  /** In bytes, or as a percentage of what the data may take. */
  private static long clientMemoryBytes(Configuration configuration) {
    String value = configuration.text("maxmemory-clients");
    if (!value.endsWith("%")) {
      return Long.parseLong(value);
    }
    long percent = Long.parseLong(value.substring(0, value.length() - 1));
    return configuration.number("maxmemory") / 100 * percent;
  }

  private void followOnShard(String name, IntConsumer limit) {
    configuration.followNumber(name, value -> scheduler.execute(() -> limit.accept((int) value)));
  }

  private void sample() {
    scheduler.schedule(this::sample, SAMPLE_MS);
    sessions.get().closeOverdue();
    restoreSockets.closeIdle();
    outOfMemoryScore.role(picture.isPrimary());
    metrics
        .node()
        .sample(
            scheduler.wallMs(),
            metrics.commands().processed(),
            durable.get().shard().keyspaces().usedBytes());
  }

  private Keyspaces emptyKeyspaces() {
    return clusterEnabled
        ? new Keyspaces(CLUSTER_DATABASES, SlotHash::slotOf)
        : new Keyspaces((int) configuration.number("databases"), null);
  }

  /** Snapshots lie beside the log: a node without its disk has neither. */
  private SnapshotSettings snapshotSettings() throws IOException {
    UUID shard = settings.log().shardId();
    SnapshotDirectory directory =
        SnapshotDirectory.open(settings.log().directory().resolveSibling(SNAPSHOT_DIRECTORY));
    return new SnapshotSettings(
        directory,
        snapshotWriter,
        new ShardRestorer(directory, shard, this::emptyKeyspaces, limits),
        shard,
        () -> configuration.number("snapshot-log-size"),
        new SnapshotPeers(
            log.messages(),
            otherKeepers(),
            settings.others(MemberSetting.Role.SNAPSHOTTER),
            settings.members().size() == 1,
            !isSnapshotter(),
            snapshotReader,
            () -> configuration.number("snapshot-fetch-rate"),
            restart));
  }

  private DurabilitySettings durabilitySettings() {
    return new DurabilitySettings(
        configuration.number("lease-duration-ms"),
        configuration.number("watchdog-timeout-ms"),
        DurabilitySettings.DEFAULT_READY_WITHIN_MS,
        DurabilitySettings.DEFAULT_STEP_DOWN_WITHIN_MS,
        settings.isSoleVoter(),
        otherDataMembers());
  }

  private boolean isSnapshotter() {
    return settings.self().role() == MemberSetting.Role.SNAPSHOTTER;
  }

  private List<String> otherDataMembers() {
    return settings.others(MemberSetting.Role.DATA);
  }

  /** The others that have all data. */
  private List<String> otherKeepers() {
    List<String> all = new ArrayList<>(settings.keepers());
    all.remove(settings.self().name());
    return List.copyOf(all);
  }
}
