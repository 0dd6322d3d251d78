package io.engramdb.node.command;

/**
 * Port: facts about this process, for INFO. Implemented by the wiring. Any thread; costs may be a
 * few system calls, so only commands that people and exporters send ask here.
 */
public interface ProcessStatus {

  long processId();

  /** 40 hexadecimal digits, new at each start. */
  String runId();

  /** Wall-clock time of the start, Unix milliseconds. */
  long startedMs();

  /** Own version of the product, for example {@code 0.1.0}. */
  String version();

  /** Path of the configuration file, empty if there is none. */
  String configFile();

  /** Path of the program's launcher or Java executable. */
  String executable();

  /** Client port without TLS; 0 if there is none. */
  int port();

  /** Client port with TLS; 0 if there is none. */
  int tlsPort();

  /** Heap in use, bytes. */
  long heapUsedBytes();

  /** Limit of the heap, bytes. */
  long heapMaxBytes();

  /** Memory outside the heap that network and log buffers hold, bytes. */
  long directBytes();

  /** Resident size of the process, bytes; 0 if the system does not tell. */
  long residentBytes();

  /** Memory of the machine (or of its container), bytes; 0 if the system does not tell. */
  long systemMemoryBytes();

  /** CPU time of the process in user mode, microseconds. */
  long cpuUserUsec();

  /** CPU time of the process in the kernel, microseconds. */
  long cpuSystemUsec();
}
