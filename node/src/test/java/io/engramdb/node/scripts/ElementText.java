package io.engramdb.node.scripts;

import io.engramdb.node.engine.value.ElementVisitor;
import java.nio.charset.StandardCharsets;

/** Sees elements as text, one char a byte. */
public abstract class ElementText implements ElementVisitor {

  /** One element. */
  protected abstract void element(String text);

  @Override
  public boolean text(byte[] array, int offset, int length) {
    element(new String(array, offset, length, StandardCharsets.ISO_8859_1));
    return true;
  }

  @Override
  public boolean integer(long value) {
    element(Long.toString(value));
    return true;
  }
}
