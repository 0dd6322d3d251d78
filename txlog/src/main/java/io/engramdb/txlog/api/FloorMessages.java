package io.engramdb.txlog.api;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How a member that keeps no data learns where the log may begin, when the record that says so is
 * out of its reach: it asks the members that hold data, over {@link MemberMessages}.
 *
 * <table>
 * <caption>Layout, big-endian</caption>
 * <tr><th>offset</th><th>size</th><th>meaning</th></tr>
 * <tr><td>0</td><td>1</td><td>0x20 question, nothing follows; 0x21 answer</td></tr>
 * <tr><td>1</td><td>8</td><td>term of the newest committed floor that is known</td></tr>
 * <tr><td>9</td><td>8</td><td>its index; -1 if none is</td></tr>
 * </table>
 */
public final class FloorMessages {

  private static final byte QUESTION = 0x20;
  private static final byte ANSWER = 0x21;
  private static final int ANSWER_BYTES = 17;

  private FloorMessages() {}

  /** The question. */
  public static byte[] question() {
    return new byte[] {QUESTION};
  }

  /** Whether a message is the question. */
  public static boolean isQuestion(byte[] message) {
    return message.length == 1 && message[0] == QUESTION;
  }

  /** The answer. */
  public static byte[] answer(LogPosition floor) {
    return ByteBuffer.allocate(ANSWER_BYTES)
        .put(ANSWER)
        .putLong(floor.term())
        .putLong(floor.index())
        .array();
  }

  /** The floor that an answer tells of; null if the message is none. */
  public static @Nullable LogPosition answered(byte[] message) {
    if (message.length != ANSWER_BYTES || message[0] != ANSWER) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(message, 1, ANSWER_BYTES - 1);
    return new LogPosition(in.getLong(), in.getLong());
  }
}
