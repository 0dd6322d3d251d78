package io.engramdb.node.resp;

import io.engramdb.node.command.ReplyBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Replies of one turn into a client's buffer; the figure is that of one reply. */
@State(Scope.Thread)
public class RespReplyWriterBenchmark {
  private static final int REPLIES = 64;
  private static final int VALUE_BYTES = 64;
  private static final int ELEMENTS = 10;

  private final Resp2ReplyWriter writer = new Resp2ReplyWriter();
  private final ReplyBuffer buffer = new ReplyBuffer();
  private final byte[] value = new byte[VALUE_BYTES];

  /** Points the writer at the buffer. */
  @Setup
  public void prepare() {
    writer.target(buffer);
  }

  private int taken() {
    int size = buffer.sizeBytes();
    buffer.take(size);
    return size;
  }

  /** What GET answers. */
  @Benchmark
  @OperationsPerInvocation(REPLIES)
  public int bulk() {
    for (int i = 0; i < REPLIES; i++) {
      writer.bulk(value, 0, VALUE_BYTES);
    }
    return taken();
  }

  /** What SET answers. */
  @Benchmark
  @OperationsPerInvocation(REPLIES)
  public int ok() {
    for (int i = 0; i < REPLIES; i++) {
      writer.ok();
    }
    return taken();
  }

  /** Counters of seven digits. */
  @Benchmark
  @OperationsPerInvocation(REPLIES)
  public int largeInteger() {
    for (int i = 0; i < REPLIES; i++) {
      writer.integer(1_234_567 + i);
    }
    return taken();
  }

  /** Ten elements whose number is known at their end. */
  @Benchmark
  public int arrayOfTen() {
    int mark = writer.beginArray();
    for (int i = 0; i < ELEMENTS; i++) {
      writer.bulk(value, 0, VALUE_BYTES);
    }
    writer.endArray(mark, ELEMENTS);
    return taken();
  }
}
