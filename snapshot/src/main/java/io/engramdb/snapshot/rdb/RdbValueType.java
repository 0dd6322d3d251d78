package io.engramdb.snapshot.rdb;

/** First byte of a key's record: its type and how the value is stored. */
final class RdbValueType {
  static final int STRING = 0;
  static final int LIST = 1;
  static final int SET = 2;
  static final int ZSET_TEXT = 3;
  static final int HASH = 4;
  static final int ZSET = 5;
  static final int MODULE_PRE_RELEASE = 6;
  static final int MODULE = 7;
  static final int HASH_ZIPMAP = 9;
  static final int LIST_ZIPLIST = 10;
  static final int SET_INTSET = 11;
  static final int ZSET_ZIPLIST = 12;
  static final int HASH_ZIPLIST = 13;
  static final int LIST_QUICKLIST = 14;
  static final int STREAM_1 = 15;
  static final int HASH_LISTPACK = 16;
  static final int ZSET_LISTPACK = 17;
  static final int LIST_QUICKLIST_2 = 18;
  static final int STREAM_2 = 19;
  static final int SET_LISTPACK = 20;
  static final int STREAM_3 = 21;

  /** Redis: hash with field expiry of release candidates; Valkey: HASH_2, laid out otherwise. */
  static final int HASH_EXPIRY_PRE_RELEASE_OR_VALKEY = 22;

  static final int HASH_LISTPACK_EXPIRY_PRE_RELEASE = 23;
  static final int HASH_EXPIRY = 24;
  static final int HASH_LISTPACK_EXPIRY = 25;

  private RdbValueType() {}
}
