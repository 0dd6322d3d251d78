package io.engramdb.node.sim;

import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.scripts.ElementText;
import io.engramdb.node.scripts.StreamText;
import java.util.Arrays;

/** A number for everything that a shard's memory holds, whatever the order. */
final class Digest {

  private Digest() {}

  static long of(Keyspaces keyspaces) {
    long[] sum = new long[1];
    keyspaces.beginCommand(keyspaces.nowMs(), ExpiryMode.REPLAY, false);
    for (int i = 0; i < keyspaces.count(); i++) {
      int database = i;
      keyspaces
          .database(i)
          .forEach(
              entry -> {
                long hash = mix(database + 1, Arrays.hashCode(entry.key));
                hash = mix(hash, keyspaces.database(database).expireAtMs(entry));
                sum[0] += mix(hash, value(entry.value()));
              });
    }
    sum[0] += keyspaces.scripts().all().hashCode();
    return sum[0] + mix(1, keyspaces.scripts().libraries().hashCode());
  }

  private static long value(Value value) {
    if (value instanceof StringValue string) {
      byte[] bytes = Arrays.copyOf(string.array(), string.length());
      return Arrays.hashCode(bytes);
    }
    if (value instanceof HashValue hash) {
      long[] sum = new long[1];
      hash.visitAll(
          (name, field, expireAtMs) ->
              sum[0] +=
                  mix(
                      mix(Arrays.hashCode(name.copy()), expireAtMs),
                      Arrays.hashCode(field.copy())));
      return sum[0];
    }
    if (value instanceof ListValue list) {
      long[] sum = {1};
      list.forEach(
          new ElementText() {
            @Override
            protected void element(String text) {
              sum[0] = mix(sum[0], text.hashCode());
            }
          });
      return sum[0];
    }
    if (value instanceof SetValue set) {
      long[] sum = {2};
      set.forEach(
          new ElementText() {
            @Override
            protected void element(String text) {
              sum[0] += mix(3, text.hashCode());
            }
          });
      return sum[0];
    }
    if (value instanceof SortedSetValue set) {
      long[] sum = {4};
      set.forEach(
          (array, offset, length, score) -> {
            byte[] member = Arrays.copyOfRange(array, offset, offset + length);
            sum[0] = mix(sum[0] + Double.hashCode(score), Arrays.hashCode(member));
            return true;
          });
      return sum[0];
    }
    if (value instanceof StreamValue stream) {
      return StreamText.of(stream).hashCode();
    }
    throw new IllegalArgumentException("no digest for " + value.type());
  }

  private static long mix(long a, long b) {
    long x = (a * 0x9E3779B97F4A7C15L) ^ (b + 0x7F4A7C15L);
    x ^= x >>> 29;
    x *= 0xBF58476D1CE4E5B9L;
    return x ^ x >>> 32;
  }
}
