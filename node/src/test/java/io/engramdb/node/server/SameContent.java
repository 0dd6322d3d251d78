package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.rdb.TextClient;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;

/** Compares all that two servers hold: by Redis' digest, and what that leaves out. */
final class SameContent {
  private static final long EXPIRY_LIMIT_NS = 10_000_000_000L;

  private SameContent() {}

  /**
   * Fails with the keys that differ.
   *
   * @param what names the run, with its seed
   */
  static void check(TextClient one, TextClient other, int databases, String what)
      throws IOException {
    for (int i = 0; i < databases; i++) {
      if (databases > 1) {
        one.call("SELECT", "" + i);
        other.call("SELECT", "" + i);
      }
      awaitExpiries(one);
      awaitExpiries(other);
      TreeSet<String> keys = new TreeSet<>(keys(one));
      assertEquals(String.join(" ", keys), String.join(" ", new TreeSet<>(keys(other))), what);
      for (String key : keys) {
        String which = what + ", key " + key + " of database " + i;
        assertEquals(
            one.call("DEBUG", "DIGEST-VALUE", key).strip(),
            other.call("DEBUG", "DIGEST-VALUE", key).strip(),
            which);
        assertEquals(one.call("PEXPIRETIME", key), other.call("PEXPIRETIME", key), which);
        if (one.call("TYPE", key).equals("stream")) {
          assertEquals(stream(one, key), stream(other, key), which);
        }
      }
    }
    assertEquals(libraries(one), libraries(other), what);
  }

  /** Keys that live for moments only go at different moments. */
  private static void awaitExpiries(TextClient client) throws IOException {
    long endNs = System.nanoTime() + EXPIRY_LIMIT_NS;
    while (!client.call("KEYS", "*" + RandomWriter.SHORT_LIVED + "*").isEmpty()) {
      assertTrue(System.nanoTime() < endNs, "keys do not expire");
    }
  }

  private static List<String> keys(TextClient client) throws IOException {
    return List.of(client.call("KEYS", "*").strip().split(" "));
  }

  /**
   * All of a stream but how it is packed, when consumers were seen, and when entries were
   * delivered: that is never later than the target's time, which may be behind. Nor how many
   * entries a group has read, which Redis 7.0 does not replicate faithfully, and thus how many it
   * lacks.
   */
  private static String stream(TextClient client, String key) throws IOException {
    return client
        .call("XINFO", "STREAM", key, "FULL", "COUNT", "0")
        .replaceAll("radix-tree-(keys|nodes) \\d+", "")
        .replaceAll(" entries-read \\d* lag \\d*", "")
        .replaceAll(" \\d{13}(?= \\d)", "")
        .replaceAll(" (seen|active)-time -?\\d+", "");
  }

  private static String libraries(TextClient client) throws IOException {
    return client.call("FUNCTION", "LIST", "WITHCODE");
  }
}
