package io.engramdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EtcdWireTest {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int PING = 6;
  private static final int END_STREAM = 1;

  private final EtcdWire wire = new EtcdWire("h:1", "{key}", "{data}", 8, 10, 16);
  private final ByteBuffer out = ByteBuffer.allocate(1 << 20);
  private final ByteBuffer in = ByteBuffer.allocate(1 << 16);
  private final List<String> heard = new ArrayList<>();

  private void frame(int type, int flags, int stream, int payloadBytes) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payloadBytes);
    frame.putInt(payloadBytes << 8 | type).put((byte) flags).putInt(stream);
    // Cut between header and payload.
    for (byte b : frame.array()) {
      in.put(b).flip();
      wire.read(in, out, (number, failure) -> heard.add(number + " " + failure));
      in.compact();
    }
  }

  @Test
  void aStreamIsAnsweredWhenItEndsAndFailedIfItHadNoMessage() {
    for (int i = 0; i < 3; i++) {
      wire.write(out, 0, i, new SplittableRandom(1));
    }
    frame(HEADERS, 0, 3, 5);
    frame(DATA, 0, 3, 20);
    frame(HEADERS, END_STREAM, 3, 2);
    frame(HEADERS, END_STREAM, 1, 7);
    assertEquals(List.of("1 null", "0 refused without a message"), heard);
  }

  @Test
  void pingsAreAnsweredOnce() {
    frame(PING, 0, 0, 8);
    assertEquals(9 + 8, out.position());
    frame(PING, 1, 0, 8);
    assertEquals(9 + 8, out.position());
  }

  @Test
  void thePeersWindowIsRespected() {
    int count = 0;
    while (wire.mayWrite()) {
      out.clear();
      wire.write(out, 0, count, new SplittableRandom(1));
      count++;
    }
    // 5 bytes of gRPC, 2 of each field, 16 of the key, 8 of the value.
    assertEquals(65_535 / (5 + 2 + 16 + 2 + 8), count);
    assertFalse(wire.mayWrite());
  }
}
