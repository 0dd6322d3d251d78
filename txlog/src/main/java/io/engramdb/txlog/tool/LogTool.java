package io.engramdb.txlog.tool;

import io.engramdb.txlog.ratis.RecordEnvelope;
import io.engramdb.txlog.ratis.SegmentFile;
import io.engramdb.txlog.ratis.SegmentScan;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * Prints ({@code dump}, {@code tail}) or checks ({@code verify}) the log in a member's directory.
 * The member should be stopped: the end of a log that is being written looks torn.
 *
 * <p>Usage: {@code LogTool dump|verify DIRECTORY} or {@code LogTool tail DIRECTORY [COUNT]}. Exit
 * code 0: well; 1: the log is damaged; 2: wrong usage or unreadable.
 */
public final class LogTool {
  private static final int DEFAULT_TAIL_COUNT = 10;
  private static final int MAX_TAIL_COUNT = 100_000;

  private final PrintStream out;
  private long entryCount;
  private long recordCount;
  private int problemCount;

  /** A tool that prints to the given stream. */
  public LogTool(PrintStream out) {
    this.out = out;
  }

  /** Entry point of the command line. */
  public static void main(String[] args) {
    System.exit(new LogTool(System.out).run(List.of(args)));
  }

  /** Runs one command and returns its exit code. */
  public int run(List<String> args) {
    if (args.size() < 2 || args.size() > 3) {
      out.println("usage: dump|verify DIRECTORY, or tail DIRECTORY [COUNT]");
      return 2;
    }
    Path directory = Path.of(args.get(1));
    try {
      switch (args.get(0)) {
        case "dump" -> scan(directory, (entry, offset) -> out.println(line(entry)));
        case "verify" -> scan(directory, (entry, offset) -> check(entry));
        case "tail" ->
            tail(directory, args.size() == 3 ? Integer.parseInt(args.get(2)) : DEFAULT_TAIL_COUNT);
        default -> {
          out.println("unknown command " + args.get(0));
          return 2;
        }
      }
    } catch (IOException | NumberFormatException e) {
      out.println(e.getMessage());
      return 2;
    }
    out.printf(
        "%d entries, %d records, %s%n",
        entryCount, recordCount, problemCount == 0 ? "ok" : problemCount + " problems");
    return problemCount == 0 ? 0 : 1;
  }

  private void tail(Path directory, int count) throws IOException {
    if (count < 1 || count > MAX_TAIL_COUNT) {
      throw new IOException("count must be 1.." + MAX_TAIL_COUNT);
    }
    Deque<String> last = new ArrayDeque<>();
    scan(
        directory,
        (entry, offset) -> {
          if (last.size() == count) {
            last.removeFirst();
          }
          last.addLast(line(entry));
        });
    last.forEach(out::println);
  }

  private void scan(Path directory, SegmentScan.EntryConsumer consumer) throws IOException {
    long next = -1;
    for (SegmentFile segment : SegmentFile.list(segmentFolder(directory))) {
      if (next >= 0 && segment.startIndex() != next) {
        problem(segment, "should begin at " + next);
      }
      SegmentScan scan =
          SegmentScan.of(
              segment,
              (entry, offset) -> {
                entryCount++;
                recordCount += entry.hasStateMachineLogEntry() ? 1 : 0;
                consumer.entry(entry, offset);
              });
      if (scan.problem() != null) {
        problem(segment, scan.problem() + (scan.torn() ? " (torn by a crash)" : ""));
      } else if (!segment.isOpen() && scan.lastIndex() != segment.endIndex()) {
        problem(segment, "ends at " + scan.lastIndex());
      }
      next = scan.lastIndex() + 1;
    }
  }

  private static Path segmentFolder(Path directory) throws IOException {
    Path raft = directory.resolve("raft");
    if (!Files.isDirectory(raft)) {
      throw new IOException(directory + " is no member's directory");
    }
    try (Stream<Path> groups = Files.list(raft)) {
      List<Path> found = groups.filter(Files::isDirectory).toList();
      if (found.size() != 1) {
        throw new IOException(raft + " holds " + found.size() + " groups");
      }
      return found.getFirst().resolve("current");
    }
  }

  private void check(LogEntryProto entry) {
    if (entry.hasStateMachineLogEntry()) {
      try {
        RecordEnvelope.payload(entry.getStateMachineLogEntry().getLogData());
      } catch (IOException e) {
        problemCount++;
        out.println(entry.getTerm() + ":" + entry.getIndex() + " " + e.getMessage());
      }
    }
  }

  private void problem(SegmentFile segment, String what) {
    problemCount++;
    out.println(segment.path().getFileName() + " " + what);
  }

  private static String line(LogEntryProto entry) {
    String position = entry.getTerm() + ":" + entry.getIndex();
    if (!entry.hasStateMachineLogEntry()) {
      return position + " " + entry.getLogEntryBodyCase();
    }
    ByteString logData = entry.getStateMachineLogEntry().getLogData();
    try {
      RecordEnvelope record = RecordEnvelope.header(logData);
      String rejected = record.epoch() == entry.getTerm() ? "" : " REJECTED";
      return position
          + String.format(
              " %s epoch=%d sequence=%d bytes=%d%s",
              record.kind(), record.epoch(), record.sequence(), record.payloadBytes(), rejected);
    } catch (IOException e) {
      return position + " " + e.getMessage();
    }
  }
}
