package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigListener;
import io.engramdb.node.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells Linux how soon it should end this process when memory runs out ({@code oom-score-adj}): one
 * score for a primary, another for a replica, relative to what the process was started with or
 * absolute. Upstream's third score is for child processes, and there are none. Shard thread only.
 */
final class OutOfMemoryScore implements ConfigListener {
  static final Path FILE = Path.of("/proc/self/oom_score_adj");

  private static final Logger LOG = LoggerFactory.getLogger(OutOfMemoryScore.class);
  private static final int LIMIT = 1000;
  private static final ConfigException FAILED =
      new ConfigException("Failed to apply new oom_score_adj configuration, check server logs.");

  private final Path file;
  private final Configuration configuration;
  private boolean primary = true;
  private boolean adjusted;
  private int base;

  /** Begins with what the configuration says now. */
  OutOfMemoryScore(Path file, Configuration configuration) {
    this.file = file;
    this.configuration = configuration;
    configuration.listen(this, "oom-score-adj", "oom-score-adj-values");
    applyOrWarn();
  }

  /** The role may be another one. */
  void role(boolean isPrimary) {
    if (isPrimary != primary) {
      primary = isPrimary;
      applyOrWarn();
    }
  }

  private void applyOrWarn() {
    try {
      apply(configuration);
    } catch (ConfigException e) {
      LOG.warn("oom-score-adj is without effect");
    }
  }

  @Override
  public void apply(Configuration changed) throws ConfigException {
    String mode = changed.text("oom-score-adj");
    if (mode.equals("no")) {
      restore();
      return;
    }
    try {
      if (!adjusted) {
        base = Integer.parseInt(Files.readString(file).strip());
        adjusted = true;
      }
      int score = Integer.parseInt(changed.words("oom-score-adj-values").get(primary ? 0 : 1));
      write(mode.equals("absolute") ? score : base + score);
    } catch (IOException | NumberFormatException e) {
      LOG.warn("the out-of-memory score can't be set", e);
      throw FAILED;
    }
  }

  private void restore() throws ConfigException {
    if (!adjusted) {
      return;
    }
    try {
      write(base);
      adjusted = false;
    } catch (IOException e) {
      LOG.warn("the out-of-memory score can't be set", e);
      throw FAILED;
    }
  }

  /** The node ends: the process is as it was. */
  void end() {
    try {
      restore();
    } catch (ConfigException e) {
      LOG.warn("oom-score-adj stays as it is");
    }
  }

  private void write(int score) throws IOException {
    Files.writeString(file, Integer.toString(Math.clamp(score, -LIMIT, LIMIT)));
  }
}
