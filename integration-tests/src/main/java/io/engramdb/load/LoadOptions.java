package io.engramdb.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What to send, where and how fast.
 *
 * @param etcd gRPC instead of RESP
 * @param connectionCount sockets
 * @param pipeline requests that each connection keeps unanswered in the closed loop
 * @param sliding whether an answer makes room for the next request at once; else a connection waits
 *     for all of its pipeline, as redis-benchmark does
 * @param ratePerSecond of the open loop, over all connections; 0: closed loop
 * @param warmUpSeconds not recorded
 * @param measureSeconds recorded
 * @param requestCount if not 0, ends after so many requests instead of by time
 * @param keyCount random keys are below it
 * @param dataBytes size of {@code {data}}
 * @param seed of keys and mix
 * @param mix kinds of requests
 */
record LoadOptions(
    String host,
    int port,
    boolean etcd,
    int connectionCount,
    int pipeline,
    boolean sliding,
    long ratePerSecond,
    double warmUpSeconds,
    double measureSeconds,
    long requestCount,
    long keyCount,
    int dataBytes,
    long seed,
    List<Kind> mix) {

  static final int PERCENT = 100;
  private static final int MAX_CONNECTIONS = 10_000;
  private static final int MAX_PIPELINE = 1_024;
  // Kinds are remembered in a byte per request in flight.
  private static final int MAX_KINDS = 100;

  static final String USAGE =
      """
      usage: LoadMain --port P [--host H] [--etcd] [--connections N] [--pipeline N] [--sliding]
                      [--rate PER_SECOND] [--warm-up SECONDS] [--seconds SECONDS]
                      [--requests N] [--keys N] [--data BYTES] [--seed N]
                      --request 'PERCENT COMMAND ...' [--request ...]
      Words of a command may hold {key}, {number}, {seq} and {data}; a word ';' begins
      another command of the same request. Without --rate: closed loop. Prints JSON.\
      """;

  /** One kind of request: its share and its commands as words. */
  record Kind(int percent, List<List<String>> commands) {
    String name() {
      return String.join(" ", commands.stream().map(List::getFirst).toList());
    }

    static Kind parse(String text) {
      List<String> words = new ArrayList<>(Arrays.asList(text.strip().split("\\s+")));
      int percent = Integer.parseInt(words.removeFirst());
      List<List<String>> commands = new ArrayList<>();
      commands.add(new ArrayList<>());
      for (String word : words) {
        if (word.equals(";")) {
          commands.add(new ArrayList<>());
        } else {
          commands.getLast().add(word);
        }
      }
      if (commands.stream().anyMatch(List::isEmpty)) {
        throw new IllegalArgumentException("an empty command in: " + text);
      }
      return new Kind(percent, commands);
    }
  }

  boolean openLoop() {
    return ratePerSecond > 0;
  }

  /** Reads the command line. */
  static LoadOptions parse(String[] args) {
    Draft draft = new Draft();
    int at = 0;
    while (at < args.length) {
      at += draft.take(args, at);
    }
    LoadOptions options = draft.finish();
    options.check();
    return options;
  }

  private void check() {
    require(port > 0 && port <= 65_535, "--port");
    require(connectionCount > 0 && connectionCount <= MAX_CONNECTIONS, "--connections");
    require(pipeline > 0 && pipeline <= MAX_PIPELINE, "--pipeline");
    require(ratePerSecond >= 0, "--rate");
    require(warmUpSeconds >= 0 && measureSeconds > 0, "--warm-up, --seconds");
    require(requestCount >= 0 && (requestCount == 0 || !openLoop()), "--requests");
    require(keyCount > 0 && dataBytes >= 0, "--keys, --data");
    require(!mix.isEmpty() && mix.size() <= MAX_KINDS, "--request");
    require(mix.stream().mapToInt(Kind::percent).sum() == PERCENT, "--request: not 100 percent");
    require(!etcd || mix.size() == 1 && mix.getFirst().commands().size() == 1, "--etcd: one PUT");
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException("wrong or missing: " + what + "\n" + USAGE);
    }
  }

  /** What has been read so far, with the defaults. */
  private static final class Draft {
    private String host = "127.0.0.1";
    private int port;
    private boolean etcd;
    private int connections = 50;
    private int pipeline = 1;
    private boolean sliding;
    private long rate;
    private double warmUpSeconds;
    private double seconds = 1;
    private long requests;
    private long keys = 1;
    private int dataBytes = 64;
    private long seed = 1;
    private final List<Kind> mix = new ArrayList<>();

    /** Returns how many words it has taken. */
    int take(String[] args, int at) {
      switch (args[at]) {
        case "--etcd" -> etcd = true;
        case "--sliding" -> sliding = true;
        default -> {
          require(at + 1 < args.length, args[at]);
          value(args[at], args[at + 1]);
          return 2;
        }
      }
      return 1;
    }

    private void value(String name, String text) {
      switch (name) {
        case "--host" -> host = text;
        case "--port" -> port = Integer.parseInt(text);
        case "--connections" -> connections = Integer.parseInt(text);
        case "--pipeline" -> pipeline = Integer.parseInt(text);
        case "--rate" -> rate = Long.parseLong(text);
        case "--warm-up" -> warmUpSeconds = Double.parseDouble(text);
        case "--seconds" -> seconds = Double.parseDouble(text);
        case "--requests" -> requests = Long.parseLong(text);
        case "--keys" -> keys = Long.parseLong(text);
        case "--data" -> dataBytes = Integer.parseInt(text);
        case "--seed" -> seed = Long.parseLong(text);
        case "--request" -> mix.add(Kind.parse(text));
        default -> require(false, name);
      }
    }

    LoadOptions finish() {
      return new LoadOptions(
          host,
          port,
          etcd,
          connections,
          pipeline,
          sliding,
          rate,
          warmUpSeconds,
          seconds,
          requests,
          keys,
          dataBytes,
          seed,
          List.copyOf(mix));
    }
  }
}
