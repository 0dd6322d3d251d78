package io.engramdb.node.durability;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When a log that is not archived is cut. */
class ArchiveHoldTest {
  private static final long LIMIT_BYTES = 1000;

  @Test
  void aLogThatIsLargeBecauseTheShardIsIsHeldAllTheSame() {
    ArchiveHold hold = new ArchiveHold(() -> LIMIT_BYTES, 1);
    hold.asked();
    assertFalse(hold.isFull(LIMIT_BYTES, 0, false));
    assertTrue(hold.isFull(LIMIT_BYTES + 1, 0, false));
    assertFalse(hold.isFull(8000, 8000, false));
    assertTrue(hold.isFull(8001, 8000, false));
  }

  @Test
  void beforeTheArchiveWasAskedForOnlyTheDiskDecides() {
    ArchiveHold hold = new ArchiveHold(() -> LIMIT_BYTES, 1);
    assertFalse(hold.isFull(LIMIT_BYTES + 1, 0, false));
    assertTrue(hold.isFull(1, 0, true));
    hold.asked();
    assertTrue(hold.isFull(LIMIT_BYTES + 1, 0, false), "it may not even answer");
  }
}
