package io.engramdb.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One server process, held by process id and start time, so that a reused id is never hit.
 *
 * <p>Signals: {@link #kill} is SIGKILL, {@link #terminate} SIGTERM, {@link #pause} SIGSTOP, {@link
 * #resume} SIGCONT.
 */
public final class NodeProcess {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(30);

  private final ProcessHandle handle;

  private NodeProcess(ProcessHandle handle) {
    this.handle = handle;
  }

  /** The running process with this id. */
  public static NodeProcess of(long pid) {
    return new NodeProcess(
        ProcessHandle.of(pid)
            .orElseThrow(() -> new AssertionError("there is no process with id " + pid)));
  }

  public static NodeProcess of(Process process) {
    return new NodeProcess(process.toHandle());
  }

  public long pid() {
    return handle.pid();
  }

  /** A zombie that nobody has collected yet counts as dead. */
  public boolean isAlive() {
    return handle.isAlive() && state() != 'Z';
  }

  /** SIGKILL; returns when the process is gone. */
  public void kill() {
    handle.destroyForcibly();
    awaitExit();
  }

  /** SIGTERM; returns at once. */
  public void terminate() {
    handle.destroy();
  }

  public void awaitExit() {
    Await.until("process " + pid() + " ends", EXIT_LIMIT, () -> !isAlive());
  }

  /** SIGSTOP; returns when the kernel says that it stands still. */
  public void pause() {
    signal("STOP");
    Await.until("process " + pid() + " is stopped", EXIT_LIMIT, () -> state() == 'T');
  }

  public void resume() {
    signal("CONT");
  }

  /** Resident memory, heap and everything else. */
  public long residentBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", "" + pid(), "status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException gone) {
      return 0;
    }
    return 0;
  }

  private char state() {
    try {
      String stat = Files.readString(Path.of("/proc", "" + pid(), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException gone) {
      return 'Z';
    }
  }

  private void signal(String name) {
    if (!isAlive()) {
      throw new AssertionError("process " + pid() + " is gone, no SIG" + name + " for it");
    }
    Command.run(Duration.ofSeconds(10), "kill", "-" + name, "" + pid()).orFail();
  }
}
