package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.MemberSetting;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.voter.LogVoterServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log-only voter's process, from its arguments to its exit code. It serves no client, so it says
 * how it is in a file, {@code status.json} in its directory, once a second.
 */
public final class LogVoterMain {
  private static final Logger LOG = LoggerFactory.getLogger(LogVoterMain.class);
  private static final long STATUS_INTERVAL_MS = 1000;

  private final LogVoterServer voter;
  private final Path statusFile;
  private final CountDownLatch stopping = new CountDownLatch(1);

  private LogVoterMain(LogVoterServer voter, Path statusFile) {
    this.voter = voter;
    this.statusFile = statusFile;
  }

  /**
   * Runs a voter until it is asked to stop.
   *
   * @param words configuration file (may be left out), then directives as flags
   * @return the exit code; see {@link ProcessEnd}
   */
  public static int run(List<String> words) {
    ProcessEnd.onUncaught();
    try {
      Configuration configuration = ServerArguments.load(words, System.getenv());
      LogLevel.follow(configuration);
      LogSettings settings = LogSettings.of(configuration);
      if (settings.self().role() != MemberSetting.Role.LOG_VOTER) {
        throw new ConfigException(NodeServer.otherCommand(settings.self()));
      }
      LogVoterServer voter =
          new LogVoterServer(
              settings.log(),
              cause -> ProcessEnd.halt(ProcessEnd.LOG_FAILED, "the log's disk failed", cause));
      Path directory = Path.of(configuration.text("dir"));
      LogVoterMain process = new LogVoterMain(voter, directory.resolve("status.json"));
      Runtime.getRuntime().addShutdownHook(new Thread(process::stop, "shutdown"));
      voter.start();
      LOG.info("Ready to vote, log port {}", settings.self().log().port());
      process.reportUntilStopped();
      return ProcessEnd.STOPPED;
    } catch (ConfigException | IOException refused) {
      LOG.error("Can't start: {}", refused.getMessage());
      ProcessEnd.halt(ProcessEnd.NOT_STARTED);
      return ProcessEnd.NOT_STARTED;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return ProcessEnd.STOPPED;
    }
  }

  private void reportUntilStopped() throws InterruptedException {
    boolean failed = false;
    do {
      try {
        report();
        failed = false;
      } catch (IOException e) {
        if (!failed) {
          LOG.warn("can't write {}: {}", statusFile, e.getMessage());
        }
        failed = true;
      }
    } while (!stopping.await(STATUS_INTERVAL_MS, TimeUnit.MILLISECONDS));
  }

  private void report() throws IOException {
    LogStatus status = voter.status();
    String leader = status.leader() == null ? "null" : '"' + status.leader() + '"';
    String text =
        ("{\"pid\":%d,\"writtenMs\":%d,\"term\":%d,\"leader\":%s,\"leading\":%b,"
                + "\"commitIndex\":%d,\"flushedIndex\":%d,\"firstIndex\":%d,\"logBytes\":%d,"
                + "\"handOvers\":%d}%n")
            .formatted(
                ProcessHandle.current().pid(),
                System.currentTimeMillis(),
                status.term(),
                leader,
                status.leading(),
                status.commitIndex(),
                status.flushedIndex(),
                status.firstIndex(),
                status.sizeBytes(),
                voter.handOverCount());
    Path fresh = statusFile.resolveSibling("status.json.new");
    Files.writeString(fresh, text);
    Files.move(
        fresh, statusFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void stop() {
    LOG.info("Stopping");
    stopping.countDown();
    voter.close();
    ProcessEnd.halt(ProcessEnd.STOPPED);
  }
}
