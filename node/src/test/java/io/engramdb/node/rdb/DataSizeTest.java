package io.engramdb.node.rdb;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVisitor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file is refused only if its keys take more than a node has: so never too much is said. */
class DataSizeTest {
  private static final int KEYS = 200;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(int number, int length) {
    return length == 0 ? Integer.toString(number % 100) : (number + "x".repeat(length));
  }

  @ParameterizedTest
  @CsvSource({
    "string, 0",
    "string, 10",
    "string, 5000",
    "list, 0",
    "list, 30",
    "list, 3000",
    "set, 0",
    "set, 40",
    "zset, 0",
    "zset, 100",
    "hash, 0",
    "hash, 12",
    "hash, 200"
  })
  void itIsNeverMoreThanTheEngineAccounts(String type, int length) throws IOException {
    Keyspaces keyspaces = new Keyspaces(1, null);
    RdbToKeyspace loader =
        new RdbToKeyspace(keyspaces, new ValueLimits(), RdbToKeyspace.KEEP_EXPIRED, Long.MAX_VALUE);
    DataSize size = new DataSize();
    say(type, length, loader);
    keyspaces.endCommand();
    say(type, length, size);
    assertTrue(
        size.bytes() <= keyspaces.usedBytes(), () -> size.bytes() + " of " + keyspaces.usedBytes());
    assertTrue(size.bytes() * 6 >= keyspaces.usedBytes() || length < 20, "it says something");
  }

  private static void say(String type, int length, RdbVisitor to) throws IOException {
    for (int i = 0; i < KEYS; i++) {
      RdbKey key = new RdbKey(0, bytes("k" + i), RdbKey.NO_EXPIRY);
      switch (type) {
        case "string" -> to.string(key, bytes(text(i, length)));
        case "list" -> to.beginList(key, 3);
        case "set" -> to.beginSet(key, 3);
        case "zset" -> to.beginSortedSet(key, 3);
        default -> to.beginHash(key, 3, false);
      }
      for (int j = 0; j < 3 && !type.equals("string"); j++) {
        byte[] element = bytes(text(j, length));
        switch (type) {
          case "list" -> to.element(element);
          case "set" -> to.member(element);
          case "zset" -> to.scoredMember(element, j);
          default -> to.field(bytes("f" + j), element, RdbKey.NO_EXPIRY);
        }
      }
      if (!type.equals("string")) {
        to.endKey();
      }
    }
  }
}
