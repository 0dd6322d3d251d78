package io.engramdb.node.engine.value;

/** Fields and values of an entry that is to be added: a field, its value, the next field … */
public interface StreamFields {

  /** Fields, each of which has a value. */
  int pairs();

  /** A field (even) or value (odd); valid until the entry is added. */
  ByteRange word(int index);
}
