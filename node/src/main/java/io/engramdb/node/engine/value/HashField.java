package io.engramdb.node.engine.value;

import io.engramdb.node.engine.dict.DictNode;

/** One field of a hash that has outgrown its packed form; the node's key is the field's name. */
class HashField extends DictNode {

  byte[] value;

  HashField(byte[] name, int hash, byte[] value) {
    super(name, hash);
    this.value = value;
  }

  /** Heap bytes of the object, without its arrays. */
  int objectBytes() {
    return HeapSize.OBJECT_HEADER_BYTES + 16;
  }
}
