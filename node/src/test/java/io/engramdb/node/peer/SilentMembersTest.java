package io.engramdb.node.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.MemberMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SilentMembersTest {
  private static final long SILENT_AFTER_MS = 700;

  private final List<String> sentTo = new ArrayList<>();
  private final List<byte[]> sent = new ArrayList<>();
  private long nowNanos = 1;

  private final SilentMembers primary =
      new SilentMembers(wire(), List.of("b", "c"), 700, this::now);
  private final SilentMembers replica =
      new SilentMembers(wire(), List.of("a", "c"), 700, this::now);

  @Test
  void aReplicaKnowsWhomThePrimaryDoesNotHear() {
    LogStatus withoutC = status("a", true, 10, SILENT_AFTER_MS);
    primary.look(withoutC);
    assertEquals(List.of("b"), sentTo, "the silent one is not told");
    assertTrue(SilentMembers.takes(sent.getFirst()));
    replica.received("a", sent.getFirst());
    assertEquals(Set.of("c"), replica.names(false, "a"));
    assertEquals(Set.of("c"), primary.names(true, "a"));
  }

  @Test
  void onlyTheWordOfThePresentPrimaryCounts() {
    replica.received("a", SilentMembers.encode(Set.of("c")));
    assertEquals(Set.of(), replica.names(false, "c"));
    assertEquals(Set.of(), replica.names(false, null));
  }

  @Test
  void itIsSaidAgainWhileSomebodyIsSilentAndOnceWhenAllAreWell() {
    LogStatus withoutC = status("a", true, 10, -1);
    LogStatus well = status("a", true, 10, 10);
    primary.look(well);
    primary.look(withoutC);
    primary.look(withoutC);
    assertEquals(1, sent.size());
    later(SilentMembers.REPEAT_MS);
    primary.look(withoutC);
    assertEquals(2, sent.size());
    primary.look(well);
    later(SilentMembers.REPEAT_MS);
    primary.look(well);
    assertEquals(List.of("b", "b", "b", "c"), sentTo);
    replica.received("a", sent.getLast());
    assertEquals(Set.of(), replica.names(false, "a"));
  }

  @Test
  void whatWasHeardIsForgottenWhenNobodyRepeatsIt() {
    replica.received("a", SilentMembers.encode(Set.of("c")));
    later(SilentMembers.VALID_MS);
    assertEquals(Set.of(), replica.names(false, "a"));
  }

  @Test
  void aMessageThatIsNoneChangesNothing() {
    replica.received("a", SilentMembers.encode(Set.of("c")));
    replica.received("a", new byte[] {SilentMembers.TYPE, 5, 'c'});
    assertEquals(Set.of("c"), replica.names(false, "a"));
  }

  private static LogStatus status(@Nullable String leader, boolean leading, long bMs, long cMs) {
    return new LogStatus(
        1,
        leader,
        leading,
        0,
        0,
        0,
        0,
        0,
        List.of(new LogStatus.Peer("b", 0, bMs), new LogStatus.Peer("c", 0, cMs)));
  }

  private MemberMessages wire() {
    return new MemberMessages() {
      @Override
      public void receive(Receiver receiver) {}

      @Override
      public void send(String member, byte[] message) {
        sentTo.add(member);
        sent.add(message);
      }

      @Override
      public long droppedCount() {
        return 0;
      }
    };
  }

  private long now() {
    return nowNanos;
  }

  private void later(long ms) {
    nowNanos += TimeUnit.MILLISECONDS.toNanos(ms);
  }
}
