package io.engramdb.node.engine.value;

/** A field that expires, or did once: its place in {@link FieldExpiries}. */
final class ExpiringField extends HashField {

  int place = -1;

  ExpiringField(byte[] name, int hash, byte[] value) {
    super(name, hash, value);
  }

  @Override
  int objectBytes() {
    return HeapSize.OBJECT_HEADER_BYTES + 24;
  }
}
