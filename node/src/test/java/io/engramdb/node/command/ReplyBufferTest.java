package io.engramdb.node.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReplyBufferTest {

  private static final int LIMIT_BYTES = 100;
  private static final int MORE_BYTES = 5000;

  @Test
  void whatACommandDidNotWriteIsForgottenWithTheNextOne() {
    ReplyBuffer buffer = new ReplyBuffer();
    buffer.limit(LIMIT_BYTES);
    assertThrows(CommandError.class, () -> buffer.reserve(MORE_BYTES));
    buffer.unlimited();
    assertTrue(buffer.overflowed());
    buffer.limit(LIMIT_BYTES);
    assertFalse(buffer.overflowed());
  }

  @Test
  void withoutALimitThereIsRoom() {
    ReplyBuffer buffer = new ReplyBuffer();
    buffer.limit(LIMIT_BYTES);
    buffer.unlimited();
    buffer.append(new byte[MORE_BYTES], 0, MORE_BYTES);
    assertEquals(MORE_BYTES, buffer.sizeBytes());
  }
}
