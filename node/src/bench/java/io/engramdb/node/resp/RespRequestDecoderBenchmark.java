package io.engramdb.node.resp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Requests out of one read of a pipelining client; the figure is that of one request. */
@State(Scope.Thread)
public class RespRequestDecoderBenchmark {
  private static final int REQUESTS = 64;
  private static final int VALUE_BYTES = 64;

  /** What the client sends. */
  @Param({"GET", "SET", "HSET"})
  public String command;

  private final RespRequestDecoder decoder = new RespRequestDecoder();
  private byte[] input;

  /** Makes the bytes of one read. */
  @Setup
  public void prepare() {
    String value = "x".repeat(VALUE_BYTES);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < REQUESTS; i++) {
      String key = "key:%012d".formatted(i);
      bytes.writeBytes(
          switch (command) {
            case "GET" -> request("GET", key);
            case "SET" -> request("SET", key, value);
            default -> request("HSET", key, "first", "1", "second", "2", "third", value);
          });
    }
    input = bytes.toByteArray();
  }

  private static byte[] request(String... words) {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Takes all requests of the read. */
  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public int decode() {
    decoder.window(input, 0, input.length);
    int words = 0;
    while (decoder.next(true, RespLimits.DEFAULT) == RespRequestDecoder.Outcome.REQUEST) {
      words += decoder.args().count();
    }
    return words;
  }
}
