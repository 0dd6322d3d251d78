package io.engramdb.node.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.txlog.api.LogPosition;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Up to where the log is needed no more. */
class SnapshotAnnouncerTest {
  private static final long FLOOR = 100;

  private static List<LogPosition> at(long... indexes) {
    return Arrays.stream(indexes).mapToObj(index -> new LogPosition(1, index)).toList();
  }

  private static long next(List<LogPosition> data, List<LogPosition> progressing, boolean full) {
    return SnapshotAnnouncer.next(at(FLOOR).getFirst(), data, progressing, full).index();
  }

  @Test
  void itIsTheLeastThatAnyMemberWithDataHolds() {
    assertEquals(200, next(at(300, 200, 400), at(), false));
    assertEquals(200, next(at(200, 300), at(), false));
    assertEquals(150, next(at(150), at(), true));
  }

  @Test
  void aSnapshotterNeverRaisesIt() {
    assertEquals(-1, next(at(-1), at(900), false));
    assertEquals(200, next(at(200, 300), at(900), false));
    assertEquals(-1, next(at(-1), at(900), true));
  }

  @Test
  void aSnapshotterOnItsWayKeepsItDownUnlessTheLogIsTooLarge() {
    assertEquals(-1, next(at(200, 300), at(-1), false));
    assertEquals(300, next(at(200, 300), at(-1), true));
    assertEquals(300, next(at(-1, 300), at(900), true));
  }
}
