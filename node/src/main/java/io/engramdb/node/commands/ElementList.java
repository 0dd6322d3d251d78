package io.engramdb.node.commands;

import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.value.ElementVisitor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps the bytes of all elements that it sees, or of those that a scan wants. */
final class ElementList implements ElementVisitor {

  private final List<byte[]> elements = new ArrayList<>();
  private final @Nullable ScanOptions scan;

  ElementList() {
    this.scan = null;
  }

  ElementList(ScanOptions scan) {
    this.scan = scan;
  }

  int size() {
    return elements.size();
  }

  void add(byte[] element) {
    elements.add(element);
  }

  List<byte[]> all() {
    return elements;
  }

  byte[] get(int index) {
    return elements.get(index);
  }

  /** Writes all as an array. */
  void reply(ReplyWriter reply) {
    reply.array(elements.size());
    elements.forEach(reply::bulk);
  }

  @Override
  public boolean text(byte[] array, int offset, int length) {
    if (scan == null || scan.matches(array, offset, length)) {
      elements.add(Arrays.copyOfRange(array, offset, offset + length));
    }
    return true;
  }

  @Override
  public boolean integer(long value) {
    byte[] text = Numbers.bytes(value);
    if (scan == null || scan.matches(text, 0, text.length)) {
      elements.add(text);
    }
    return true;
  }
}
