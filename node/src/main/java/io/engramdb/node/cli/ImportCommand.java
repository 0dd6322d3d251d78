package io.engramdb.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code engram import}. */
@Command(
    name = ImportCommand.NAME,
    description = {
      "Fill a cluster from a Redis or Valkey that goes on serving: all of its keys, then every"
          + " write, until you end it, with Ctrl-C, or it has cut over.",
      "The target must be empty, and is written to by nobody else meanwhile."
    },
    mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
  static final String NAME = "import";

  private static final int MS_PER_SECOND = 1000;

  /** How long the work that is under way may take when the command is told to end. */
  private static final long END_SECONDS = 15;

  @Spec CommandSpec spec;
  @Mixin DirectoryOption directory;
  @Mixin OutputOptions output;

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = {
        "redis://[user:password@]host[:port][/database], rediss:// with TLS; a user's password may"
            + " come as ENGRAM_SOURCE_PASSWORD.",
        "With a database only that one is imported; in a cluster it becomes database 0"
      })
  String source = "";

  @Option(
      names = "--to",
      paramLabel = "HOST:PORT",
      split = ",",
      description = "members of the target, of which one must answer (default: those in --dir)")
  List<String> to = new ArrayList<>();

  @Option(names = "--to-user", paramLabel = "NAME", description = "user of the target")
  @Nullable String toUser;

  @Option(
      names = "--to-password",
      paramLabel = "PW",
      description = "password of the target (or as ENGRAM_PASSWORD)",
      defaultValue = "${env:ENGRAM_PASSWORD}",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER)
  @Nullable String toPassword;

  @Option(names = "--to-tls", description = "TLS to the target")
  boolean toTls;

  @Option(
      names = "--to-ca",
      paramLabel = "FILE",
      description = "authority that the target's certificate is from; implies --to-tls")
  @Nullable Path toAuthority;

  @Option(
      names = "--source-ca",
      paramLabel = "FILE",
      description = "authority that the source's certificate is from")
  @Nullable Path sourceAuthority;

  @Option(names = "--once", description = "end when all keys are there, without later writes")
  boolean once;

  @Option(
      names = "--until-caught-up",
      description = "end when everything is there that the source has; pause its writers first")
  boolean untilCaughtUp;

  @Option(
      names = "--cut-over",
      description = {
        "when nearly everything is there: pause the writers of the source (CLIENT PAUSE), take the"
            + " rest, and end, so that clients can be led to the target"
      })
  boolean cutOver;

  @Option(
      names = "--pause-seconds",
      paramLabel = "N",
      description = "how long --cut-over pauses the writers of the source (default: 60)")
  int pauseSeconds = 60;

  @Option(
      names = "--reconnect-seconds",
      paramLabel = "N",
      description = "how long to try when the connection to the source is lost (default: 60)")
  int reconnectSeconds = 60;

  @Option(
      names = "--into-existing",
      description = "into a target that has keys; those with equal names are replaced")
  boolean intoExisting;

  @Option(names = "--skip-modules", description = "leave out keys that only a module understands")
  boolean skipModules;

  @Override
  public Integer call() throws CliException {
    ServerAddress.WithDatabase from = source();
    LiveImport.Until until = until();
    try (ImportTarget target = ImportTarget.open(seeds())) {
      if (!intoExisting) {
        requireEmpty(target);
      }
      LiveImport.Order order =
          new LiveImport.Order(
              from.address(),
              new DatabaseMap(from.database(), target.isCluster()),
              until,
              skipModules,
              pauseSeconds * MS_PER_SECOND,
              reconnectSeconds * MS_PER_SECOND);
      try (LiveImport work =
          new LiveImport(
              order, target, InstantSource.system(), new ImportProgress(output::progress))) {
        return run(work);
      }
    }
  }

  private int run(LiveImport work) throws CliException {
    CountDownLatch done = new CountDownLatch(1);
    int[] code = {ExitCode.FAILED};
    Thread atEnd = new Thread(() -> told(work, done, code), "import-is-told-to-end");
    Runtime.getRuntime().addShutdownHook(atEnd);
    try {
      LiveImport.Result result = work.run();
      output.result(result, text(result));
      code[0] = ExitCode.OK;
      return ExitCode.OK;
    } catch (CliException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("engram: " + e.getMessage());
      err.flush();
      return ExitCode.FAILED;
    } finally {
      done.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(atEnd);
      } catch (IllegalStateException e) {
        // The process is ending: the hook waits for this very work and ends it.
      }
    }
  }

  /** Ctrl-C or SIGTERM: what was received is brought to its end, and said. */
  private void told(LiveImport work, CountDownLatch done, int[] code) {
    work.stop();
    try {
      if (!done.await(END_SECONDS, TimeUnit.SECONDS)) {
        work.unpause();
        PrintWriter err = spec.commandLine().getErr();
        err.println("engram: ended in the middle; the target is incomplete");
        err.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(code[0]);
  }

  private static String text(LiveImport.Result result) {
    StringBuilder text = new StringBuilder(result.state());
    text.append(": ").append(result.keys()).append(" keys");
    add(text, result.expired(), "that had expired left out");
    add(text, result.functions(), "function libraries");
    add(text, result.modules(), "keys of modules left out");
    add(text, result.pendingLeftOut(), "pending entries of deleted stream entries left out");
    add(text, result.commands(), "later commands");
    add(text, result.missedTimes(), "times to live changed of keys that had expired here already");
    text.append("; the target has everything up to offset ").append(result.offset());
    return text.append(" of ").append(result.replicationId()).toString();
  }

  private static void add(StringBuilder text, long count, String what) {
    if (count > 0) {
      text.append(", ").append(count).append(' ').append(what);
    }
  }

  private void requireEmpty(ImportTarget target) throws CliException {
    try {
      if (!target.isEmpty()) {
        throw new CliException(
            "the target has keys already; --into-existing adds to them, nothing was done");
      }
    } catch (IOException e) {
      throw new CliException("the target can't be asked: " + e.getMessage(), e);
    }
  }

  private LiveImport.Until until() {
    if ((once ? 1 : 0) + (untilCaughtUp ? 1 : 0) + (cutOver ? 1 : 0) > 1) {
      throw wrong("--once, --until-caught-up and --cut-over exclude each other");
    }
    if (pauseSeconds < 1 || reconnectSeconds < 0) {
      throw wrong("--pause-seconds and --reconnect-seconds are positive numbers");
    }
    if (once) {
      return LiveImport.Until.SNAPSHOT;
    }
    if (untilCaughtUp) {
      return LiveImport.Until.CAUGHT_UP;
    }
    return cutOver ? LiveImport.Until.CUT_OVER : LiveImport.Until.TOLD;
  }

  private ServerAddress.WithDatabase source() {
    try {
      ServerAddress.WithDatabase parsed = ServerAddress.parse(source, sourceAuthority);
      String password = System.getenv("ENGRAM_SOURCE_PASSWORD");
      ServerAddress address = parsed.address();
      if (password == null || address.password() != null) {
        return parsed;
      }
      return new ServerAddress.WithDatabase(
          new ServerAddress(
              address.host(),
              address.port(),
              address.tls(),
              address.authority(),
              address.user(),
              password),
          parsed.database());
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private List<ServerAddress> seeds() throws CliException {
    if (to.isEmpty()) {
      return membersOfDirectory();
    }
    ServerAddress pattern =
        new ServerAddress("", 0, toTls || toAuthority != null, toAuthority, toUser, toPassword);
    try {
      return to.stream().map(pattern::at).toList();
    } catch (IllegalArgumentException e) {
      throw wrong("--to: " + e.getMessage());
    }
  }

  private List<ServerAddress> membersOfDirectory() throws CliException {
    ClusterDirectory files = directory.open();
    if (!files.holdsCluster()) {
      throw new CliException("there is no cluster in " + files.root() + "; say --to HOST:PORT");
    }
    ClusterFile cluster = files.read();
    ClusterSettings settings = cluster.settings();
    Path authority = settings.tls() ? CertificateMaker.authorityFile(files.tls()) : null;
    return cluster.members().stream()
        .filter(ClusterMember::holdsData)
        .map(member -> ServerAddress.of(member, settings, authority))
        .toList();
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
