package io.engramdb.node.commands;

import io.engramdb.node.command.ProcessStatus;

/** Facts of a process that does not exist. */
final class FixedProcess implements ProcessStatus {
  @Override
  public long processId() {
    return 4242;
  }

  @Override
  public String runId() {
    return "e".repeat(40);
  }

  @Override
  public long startedMs() {
    return 3_000;
  }

  @Override
  public String version() {
    return "0.1.0";
  }

  @Override
  public String configFile() {
    return "/etc/engram.conf";
  }

  @Override
  public String executable() {
    return "/opt/engram";
  }

  @Override
  public int port() {
    return 7001;
  }

  @Override
  public int tlsPort() {
    return 0;
  }

  @Override
  public long heapUsedBytes() {
    return 1 << 20;
  }

  @Override
  public long heapMaxBytes() {
    return 1 << 30;
  }

  @Override
  public long directBytes() {
    return 1 << 10;
  }

  @Override
  public long residentBytes() {
    return 1 << 21;
  }

  @Override
  public long systemMemoryBytes() {
    return 1L << 34;
  }

  @Override
  public long cpuUserUsec() {
    return 1_500_000;
  }

  @Override
  public long cpuSystemUsec() {
    return 250_000;
  }
}
