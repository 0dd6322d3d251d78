package io.engramdb.node.engine.value;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Integers from and to digits. */
@State(Scope.Thread)
public class DecimalLongBenchmark {
  private final byte[] out = new byte[DecimalLong.MAX_LONG_DIGITS];

  /** One digit, a counter, a time in microseconds. */
  @Param({"7", "1234567", "1700000000123456"})
  public long number;

  private byte[] digits;

  /** Makes the digits. */
  @Setup
  public void prepare() {
    digits = DecimalLong.bytes(number);
  }

  /** Check and value, as commands read an argument. */
  @Benchmark
  public long read() {
    return DecimalLong.isLong(digits, 0, digits.length)
        ? DecimalLong.parseLong(digits, 0, digits.length)
        : 0;
  }

  /** Digits into a buffer. */
  @Benchmark
  public int write() {
    return DecimalLong.write(number, out, 0);
  }
}
