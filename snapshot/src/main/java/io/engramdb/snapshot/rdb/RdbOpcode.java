package io.engramdb.snapshot.rdb;

/** First byte of what stands in an RDB file beside keys; bodies are in the package document. */
final class RdbOpcode {
  static final int EOF = 255;
  static final int SELECT_DB = 254;
  static final int EXPIRE_TIME = 253;
  static final int EXPIRE_TIME_MS = 252;
  static final int RESIZE_DB = 251;
  static final int AUX = 250;
  static final int FREQ = 249;
  static final int IDLE = 248;
  static final int MODULE_AUX = 247;
  static final int FUNCTION_PRE_RELEASE = 246;
  static final int FUNCTION = 245;
  static final int SLOT_INFO = 244;

  private RdbOpcode() {}
}
