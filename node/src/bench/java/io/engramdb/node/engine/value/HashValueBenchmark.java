package io.engramdb.node.engine.value;

import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Hashes: five and a hundred fields are packed, a thousand are a table. */
@State(Scope.Thread)
public class HashValueBenchmark {
  private final ValueLimits limits = new ValueLimits();
  private final ByteRange value = range("a value of one line");

  /** Fields of the hash. */
  @Param({"5", "100", "1000"})
  public int fields;

  private HashValue hash;
  private ByteRange[] names;
  private int next;

  /** Fills the hash. */
  @Setup
  public void fill() {
    hash = new HashValue();
    names = new ByteRange[fields];
    for (int i = 0; i < fields; i++) {
      names[i] = range("field" + i);
      hash.put(names[i], value, limits);
    }
  }

  private static ByteRange range(String text) {
    return ByteRange.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  private ByteRange name() {
    next = next + 1 < fields ? next + 1 : 0;
    return names[next];
  }

  /** HGET. */
  @Benchmark
  public ByteRange get() {
    return hash.get(name());
  }

  /** HSET of a field that is there. */
  @Benchmark
  public boolean overwrite() {
    return hash.put(name(), value, limits);
  }

  /** HDEL and HSET. */
  @Benchmark
  public boolean removeAndPut() {
    ByteRange name = name();
    hash.remove(name);
    return hash.put(name, value, limits);
  }

  /** HGETALL without its reply. */
  @Benchmark
  public void forEach(Blackhole blackhole) {
    hash.forEach(
        (name, each) -> {
          blackhole.consume(name);
          blackhole.consume(each);
        });
  }
}
