package io.engramdb.node.metrics;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** How often each error code was answered. Shard thread only. */
public final class ErrorStats {

  /** Codes counted one by one; scripts can make up any number of them. */
  private static final int MAX_CODES = 128;

  /** Where the codes beyond {@link #MAX_CODES} are counted. */
  private static final String OVERFLOW = "ERRORSTATS_OVERFLOW";

  private final Map<String, Counter> counters = new TreeMap<>();
  private long total;

  private static final class Counter {
    private long count;
  }

  /** Counts one error reply. */
  public void count(String code) {
    total++;
    @Nullable Counter counter = counters.get(code);
    if (counter == null) {
      String name = counters.size() < MAX_CODES ? code : OVERFLOW;
      counter = counters.computeIfAbsent(name, absent -> new Counter());
    }
    counter.count++;
  }

  /** Error replies of all codes. */
  public long total() {
    return total;
  }

  /** Visits codes and counts in alphabetical order. */
  public void forEach(ObjLongConsumer<String> visitor) {
    counters.forEach((code, counter) -> visitor.accept(code, counter.count));
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    counters.clear();
    total = 0;
  }
}
