package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Port: brings values to another server, by RESTORE. Any thread; nothing here blocks. */
public interface KeyTransfers {

  /**
   * What goes where.
   *
   * @param timeoutMs how long to wait for each step: the connection, room to write, a reply
   * @param database at the target
   * @param user who logs in there; null with a password: the default user
   * @param password null: nobody logs in
   * @param replace whether keys that the target has are overwritten
   * @param takenNanos when the values were taken ({@link System#nanoTime}); what an item has to
   *     live counts from then
   * @param asking whether the target may still be importing the slot: RESTORE-ASKING
   */
  record Delivery(
      String host,
      int port,
      int timeoutMs,
      long database,
      @Nullable Bytes user,
      @Nullable Bytes password,
      boolean replace,
      boolean asking,
      long takenNanos,
      List<Item> items) {}

  /**
   * One key.
   *
   * @param ttlMs time to live, 0 for ever; it is not sent once that has passed
   * @param payload what DUMP returns
   */
  record Item(Bytes key, long ttlMs, byte[] payload) {}

  /**
   * What has become of a delivery.
   *
   * @param taken places of the items that the target has confirmed
   * @param failure why it is not all of them, or null
   */
  record Result(BitSet taken, @Nullable CommandError failure) {}

  /** A delivery on its way. */
  interface Transfer {

    /** What has become of it; null as long as its thread uses the values. */
    @Nullable Result result();

    /** Ends it soon, as if the target did not answer. */
    void abort();
  }

  /** Begins a delivery. */
  Transfer begin(Delivery delivery);
}
