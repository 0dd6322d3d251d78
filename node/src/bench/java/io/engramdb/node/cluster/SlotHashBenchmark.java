package io.engramdb.node.cluster;

import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The slot of a key, with and without a hash tag. */
@State(Scope.Thread)
public class SlotHashBenchmark {

  /** A key of 16 bytes, one of 64, and one whose tag alone counts. */
  @Param({
    "key:000000000001",
    "a-key-that-is-as-long-as-the-values-of-the-other-benchmarks-here",
    "orders:{customer-17}:open"
  })
  public String key;

  private byte[] bytes;

  /** Makes the bytes. */
  @Setup
  public void prepare() {
    bytes = key.getBytes(StandardCharsets.US_ASCII);
  }

  /** CRC16 of the key or its tag. */
  @Benchmark
  public int slotOf() {
    return SlotHash.slotOf(bytes, 0, bytes.length);
  }
}
