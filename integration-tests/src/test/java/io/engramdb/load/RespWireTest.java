package io.engramdb.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RespWireTest {
  private static final int DATA_BYTES = 3;

  private final ByteBuffer out = ByteBuffer.allocate(4096);
  private final List<String> heard = new ArrayList<>();

  private static RespWire wire(String... kinds) {
    List<RespWire.Unit> units = new ArrayList<>();
    for (String kind : kinds) {
      units.add(RespWire.Unit.of(LoadOptions.Kind.parse("100 " + kind).commands(), DATA_BYTES));
    }
    return new RespWire(units, 1_000, 16);
  }

  private void write(RespWire wire, int kind, long sequence) {
    wire.write(out, kind, sequence, new SplittableRandom(1));
  }

  private void answer(RespWire wire, String text) {
    ByteBuffer in = ByteBuffer.allocate(4096);
    // Byte by byte: an answer may be cut anywhere.
    for (byte b : text.getBytes(UTF_8)) {
      in.put(b).flip();
      wire.read(in, out, (number, failure) -> heard.add(number + " " + failure));
      in.compact();
    }
  }

  @Test
  void aRequestHasItsHolesFilled() {
    RespWire wire = wire("SET key:{seq} {data}");
    write(wire, 0, 42);
    String sent = new String(out.array(), 0, out.position(), UTF_8);
    assertEquals("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$3\r\nxxx\r\n", sent);
  }

  @Test
  void answersAreCountedInOrderHoweverTheyAreCut() {
    RespWire wire = wire("GET {key}");
    for (int i = 0; i < 5; i++) {
      write(wire, 0, i);
    }
    answer(wire, "$-1\r\n$3\r\nabc\r\n*2\r\n:1\r\n*1\r\n+x\r\n-ERR no\r\n:7\r\n");
    assertEquals(List.of("0 null", "1 null", "2 null", "3 -ERR no", "4 null"), heard);
  }

  @Test
  void aRequestOfSeveralCommandsNeedsAllAnswersAndEnoughReplicas() {
    RespWire wire = wire("SET {key} v ; WAIT 1 0");
    write(wire, 0, 0);
    write(wire, 0, 1);
    answer(wire, "+OK\r\n");
    assertEquals(List.of(), heard);
    answer(wire, ":2\r\n+OK\r\n:0\r\n");
    assertEquals(List.of("0 null", "1 too few replicas: :0"), heard);
  }

  @Test
  void anAnswerThatNobodyAskedForIsAnError() {
    RespWire wire = wire("GET {key}");
    assertThrows(IllegalStateException.class, () -> answer(wire, "+OK\r\n"));
  }
}
