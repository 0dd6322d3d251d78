package io.engramdb.node.scripts;

import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/** All data of a shard as sorted lines, to compare and to show what differs. */
final class KeyspaceText {

  private KeyspaceText() {}

  static String of(Keyspaces keyspaces) {
    // Expired keys that nobody has met are data, too.
    keyspaces.beginCommand(keyspaces.nowMs(), ExpiryMode.REPLAY, false);
    TreeMap<String, String> lines = new TreeMap<>();
    for (int i = 0; i < keyspaces.count(); i++) {
      int database = i;
      keyspaces
          .database(i)
          .forEach(
              entry ->
                  lines.put(
                      database + " " + Reply.quote(latin1(entry.key, entry.key.length)),
                      keyspaces.database(database).expireAtMs(entry)
                          + " "
                          + content(entry.value())));
    }
    StringBuilder text = new StringBuilder();
    lines.forEach((key, content) -> text.append(key).append(' ').append(content).append('\n'));
    return text.toString();
  }

  private static String content(Value value) {
    if (value instanceof StringValue string) {
      return Reply.quote(latin1(string.array(), string.length()));
    }
    if (value instanceof HashValue hash) {
      TreeMap<String, String> fields = new TreeMap<>();
      hash.visitAll(
          (name, field, expireAtMs) ->
              fields.put(
                  Reply.quote(latin1(name.copy(), name.length())),
                  Reply.quote(latin1(field.copy(), field.length()))
                      + (expireAtMs == HashValue.NO_EXPIRY ? "" : " until " + expireAtMs)));
      return "hash " + fields;
    }
    if (value instanceof ListValue list) {
      List<String> elements = new ArrayList<>();
      list.forEach(
          new ElementText() {
            @Override
            protected void element(String text) {
              elements.add(Reply.quote(text));
            }
          });
      return "list " + elements;
    }
    if (value instanceof SetValue set) {
      TreeSet<String> members = new TreeSet<>();
      set.forEach(
          new ElementText() {
            @Override
            protected void element(String text) {
              members.add(Reply.quote(text));
            }
          });
      return "set " + members;
    }
    if (value instanceof SortedSetValue set) {
      List<String> members = new ArrayList<>();
      set.forEach(
          (array, offset, length, score) -> {
            byte[] member = Arrays.copyOfRange(array, offset, offset + length);
            members.add(Reply.quote(latin1(member, length)) + " " + score);
            return true;
          });
      return "zset " + members;
    }
    if (value instanceof StreamValue stream) {
      return StreamText.of(stream);
    }
    throw new IllegalArgumentException("no text for " + value.type());
  }

  private static String latin1(byte[] bytes, int length) {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }
}
