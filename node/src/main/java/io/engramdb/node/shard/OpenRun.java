package io.engramdb.node.shard;

import java.util.ArrayList;
import java.util.List;

/**
 * Parts of a split run until the last one is there. They are kept as they come and joined once:
 * growing an array step by step would copy a huge run several times, and nothing else of the
 * process runs while the JVM makes an array of hundreds of megabytes. Shard thread only.
 */
final class OpenRun {

  private static final byte[] NONE = new byte[0];

  private final List<byte[]> records = new ArrayList<>();
  private int bodyBytes;

  /** Adds a part with its header; the caller gives it away. */
  void add(byte[] record) {
    records.add(record);
    bodyBytes = Math.addExact(bodyBytes, record.length - EffectCodec.HEADER_BYTES);
  }

  /** The effects of the whole run; the parts are given up one by one. */
  byte[] join() {
    byte[] body = new byte[bodyBytes];
    int end = 0;
    for (int i = 0; i < records.size(); i++) {
      byte[] record = records.set(i, NONE);
      int length = record.length - EffectCodec.HEADER_BYTES;
      System.arraycopy(record, EffectCodec.HEADER_BYTES, body, end, length);
      end += length;
    }
    return body;
  }
}
