package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ExecutionContext;
import java.nio.charset.StandardCharsets;

/** Words of effects, and the effects that several families record. */
final class EffectWords {

  static final byte[] ABSTTL = ascii("ABSTTL");
  static final byte[] DEL = ascii("DEL");
  static final byte[] FIELDS = ascii("FIELDS");
  static final byte[] FREQ = ascii("FREQ");
  static final byte[] HDEL = ascii("HDEL");
  static final byte[] HPERSIST = ascii("HPERSIST");
  static final byte[] HPEXPIREAT = ascii("HPEXPIREAT");
  static final byte[] HSET = ascii("HSET");
  static final byte[] HSETEX = ascii("HSETEX");
  static final byte[] IDLETIME = ascii("IDLETIME");
  static final byte[] KEEPTTL = ascii("KEEPTTL");
  static final byte[] LMOVE = ascii("LMOVE");
  static final byte[] LPOP = ascii("LPOP");
  static final byte[] PERSIST = ascii("PERSIST");
  static final byte[] PEXPIREAT = ascii("PEXPIREAT");
  static final byte[] PXAT = ascii("PXAT");
  static final byte[] REPLACE = ascii("REPLACE");
  static final byte[] RESTORE = ascii("RESTORE");
  static final byte[] RPOP = ascii("RPOP");
  static final byte[] RPOPLPUSH = ascii("RPOPLPUSH");
  static final byte[] RPUSH = ascii("RPUSH");
  static final byte[] SREM = ascii("SREM");
  static final byte[] SET = ascii("SET");
  static final byte[] XACK = ascii("XACK");
  static final byte[] XADD = ascii("XADD");
  static final byte[] XCLAIM = ascii("XCLAIM");
  static final byte[] XGROUP = ascii("XGROUP");
  static final byte[] XTRIM = ascii("XTRIM");
  static final byte[] ZADD = ascii("ZADD");
  static final byte[] ZPOPMAX = ascii("ZPOPMAX");
  static final byte[] ZPOPMIN = ascii("ZPOPMIN");

  private EffectWords() {}

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /** {@code DEL key} for the key at that word. */
  static void delete(ExecutionContext cx, Args args, int word) {
    cx.effects().begin(cx.db().index(), DEL, 1);
    cx.effects().argument(args, word);
  }

  /** {@code PEXPIREAT key ms} for the key at that word. */
  static void expireAt(ExecutionContext cx, Args args, int word, long expireAtMs) {
    cx.effects().begin(cx.db().index(), PEXPIREAT, 2);
    cx.effects().argument(args, word);
    cx.effects().argument(expireAtMs);
  }
}
