package io.engramdb.node.shard;

import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Effects of one turn into a record; the figures are those of one SET of 64 bytes. */
@State(Scope.Thread)
public class EffectCodecBenchmark {
  private static final int EFFECTS = 16;
  private static final int VALUE_BYTES = 64;
  private static final long NOW_MS = 1_700_000_000_000L;

  private final byte[] name = "set".getBytes(StandardCharsets.US_ASCII);
  private final byte[] key = "key:000000000001".getBytes(StandardCharsets.US_ASCII);
  private final byte[] value = new byte[VALUE_BYTES];
  private final RecordBuffer buffer = new RecordBuffer();
  private byte[] sealed;
  private int sealedBytes;

  /** Makes a record to check. */
  @Setup
  public void prepare() {
    record();
    sealedBytes = buffer.sizeBytes();
    sealed = buffer.detach();
  }

  private void record() {
    for (int i = 0; i < EFFECTS; i++) {
      buffer.begin(0, name, 2);
      buffer.argument(key, 0, key.length);
      buffer.argument(value, 0, value.length);
    }
  }

  /** Encoding, header, checksum, and a new array for the next turn. */
  @Benchmark
  @OperationsPerInvocation(EFFECTS)
  public byte[] encodeAndSeal() {
    record();
    int sizeBytes = buffer.sizeBytes();
    EffectCodec.seal(buffer.array(), sizeBytes, EffectCodec.WHOLE, EFFECTS, NOW_MS, 1);
    return buffer.detach();
  }

  /** What a replica checks before it applies. */
  @Benchmark
  @OperationsPerInvocation(EFFECTS)
  public int checksum() {
    return EffectCodec.checksum(1, sealed, sealedBytes);
  }
}
