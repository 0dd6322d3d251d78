package io.engramdb.node.engine.value;

import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.DictNode;

/** One member of a set that is a table; the node's key is the member. */
final class SetMember extends DictNode {

  SetMember(byte[] member) {
    super(member, ByteHash.of(member, 0, member.length));
  }
}
