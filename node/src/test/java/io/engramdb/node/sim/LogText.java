package io.engramdb.node.sim;

import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.sim.SimLogCluster;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The words of all committed effects, each with its place in the log; read with a decoder of its
 * own, so that a fault of the replay is not repeated here.
 */
final class LogText {

  private static final int HEADER_BYTES = 18;
  private static final int FIRST_PART = 1;
  private static final int LAST_PART = 2;

  private final Map<String, Integer> places = new HashMap<>();
  private ByteArrayOutputStream run = new ByteArrayOutputStream();
  private long runTerm;
  private int place;

  /** Reads the committed log up to an index. */
  static Map<String, Integer> places(SimLogCluster log, long lastIndex) {
    LogText text = new LogText();
    log.replayAgreed(
        lastIndex,
        (term, index, kind, payload) -> {
          if (kind == RecordKind.DATA) {
            text.record(term, payload);
          }
        });
    return text.places;
  }

  private void record(long term, byte[] payload) {
    int parts = payload[1];
    if ((parts & FIRST_PART) != 0 || runTerm != term) {
      run = new ByteArrayOutputStream();
      runTerm = term;
    }
    run.write(payload, HEADER_BYTES, payload.length - HEADER_BYTES);
    if ((parts & LAST_PART) != 0) {
      body(run.toByteArray());
    }
  }

  private void body(byte[] body) {
    int[] at = {0};
    while (at[0] < body.length) {
      varint(body, at);
      place++;
      for (int words = varint(body, at); words > 0; words--) {
        int length = varint(body, at);
        String word = new String(body, at[0], length, StandardCharsets.ISO_8859_1);
        int colon = word.indexOf(':');
        places.put(colon < 0 ? word : word.substring(0, colon), place);
        at[0] += length;
      }
    }
  }

  private static int varint(byte[] bytes, int[] at) {
    int value = 0;
    int shift = 0;
    byte b;
    do {
      b = bytes[at[0]++];
      value |= (b & 0x7F) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }
}
