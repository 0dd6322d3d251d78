package io.engramdb.node.commands;

import io.engramdb.node.command.Numbers;
import io.engramdb.node.engine.value.ElementVisitor;
import java.util.Arrays;

/** Keeps the bytes of the element that it saw last. */
final class ElementCopy implements ElementVisitor {

  private byte[] bytes = new byte[0];

  byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean text(byte[] array, int offset, int length) {
    bytes = Arrays.copyOfRange(array, offset, offset + length);
    return true;
  }

  @Override
  public boolean integer(long value) {
    bytes = Numbers.bytes(value);
    return true;
  }
}
