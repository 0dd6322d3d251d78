package io.engramdb.node.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SlotHashTest {

  private static int slot(String key) {
    byte[] bytes = ("##" + key + "##").getBytes(StandardCharsets.UTF_8);
    return SlotHash.slotOf(bytes, 2, bytes.length - 4);
  }

  @Test
  void theChecksumHasTheCheckValueOfItsSpecification() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertEquals(0x31C3, SlotHash.crc16(digits, 0, digits.length));
  }

  @Test
  void slotsEqualThoseOfRedis() {
    // Asked of a Redis server with CLUSTER KEYSLOT.
    assertEquals(0, slot(""));
    assertEquals(15495, slot("a"));
    assertEquals(12182, slot("foo"));
    assertEquals(SLOT_USER1000, slot("{user1000}.following"));
    assertEquals(SLOT_USER1000, slot("x{user1000}y{z}"));
    assertEquals(SLOT_EMPTY_TAG, slot("foo{}{bar}"));
    assertEquals(SLOT_BRACE, slot("foo{{bar}}zap"));
    assertEquals(SLOT_OPEN, slot("foo{bar"));
    assertEquals(SLOT_UMLAUT, slot("schlüssel"));
  }

  private static final int SLOT_USER1000 = 3443;
  private static final int SLOT_EMPTY_TAG = 8363;
  private static final int SLOT_BRACE = 4015;
  private static final int SLOT_OPEN = 15278;
  private static final int SLOT_UMLAUT = 7677;
}
