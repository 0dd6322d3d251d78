package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.ratis.FrugalLogAppender.Signal;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The signal that wakes a sender. */
class FrugalLogAppenderTest {
  private final Signal signal = new Signal("test");

  @Test
  void aSignalBeforeTheWaitIsKept() throws InterruptedException {
    signal.signal();
    signal.signal();
    assertTrue(signal.await(1, TimeUnit.HOURS));
    assertFalse(signal.await(0, TimeUnit.MILLISECONDS), "two signals before a wait are one");
  }

  @Test
  void aSignalEndsAWait() throws InterruptedException {
    Thread giver = Thread.ofPlatform().start(signal::signal);
    assertTrue(signal.await(1, TimeUnit.HOURS));
    giver.join();
  }

  @Test
  void noneIsLostBetweenTwoThreads() throws InterruptedException {
    Signal answer = new Signal("answer");
    int rounds = 20_000;
    Thread giver =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < rounds; i++) {
                      signal.signal();
                      answer.await(1, TimeUnit.HOURS);
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    for (int i = 0; i < rounds; i++) {
      assertTrue(signal.await(1, TimeUnit.MINUTES), "lost in round " + i);
      answer.signal();
    }
    giver.join();
  }

  @Test
  void anInterruptEndsAWait() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> signal.await(1, TimeUnit.HOURS));
  }

  @Test
  void aWaitEndsByTime() throws InterruptedException {
    assertFalse(signal.await(5, TimeUnit.MILLISECONDS));
  }
}
