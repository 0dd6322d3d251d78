package io.engramdb.node.server;

import io.engramdb.snapshot.rdb.KeyVisitor;
import io.engramdb.snapshot.rdb.RdbKey;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What an RDB file holds: strings with their values, other keys with type and size. */
final class KeysInText extends KeyVisitor {
  final Map<String, String> all = new TreeMap<>();

  private void put(RdbKey key, String value) {
    all.put(text(key.name()), value);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void string(RdbKey key, byte[] value) {
    put(key, text(value));
  }

  @Override
  protected void begin(RdbKey key, Kind kind, long count) {
    String name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    boolean counted = kind != Kind.LIST && kind != Kind.STREAM;
    put(key, counted ? name + " of " + count : name);
  }
}
