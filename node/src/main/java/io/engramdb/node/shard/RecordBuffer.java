package io.engramdb.node.shard;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.EffectRecorder;
import io.engramdb.node.command.Numbers;
import java.util.Arrays;

/**
 * The record that is being filled: effects are encoded where they will be sent from, room for the
 * header in front. Shard thread only.
 */
final class RecordBuffer implements EffectRecorder {

  private static final int INITIAL_BYTES = 512;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 16;

  private byte[] array = new byte[INITIAL_BYTES];
  private int end = EffectCodec.HEADER_BYTES;
  private int effectCount;
  private int wordsMissing;

  /** Effects recorded since the last {@link #detach}. */
  int effectCount() {
    return effectCount;
  }

  /** Bytes of the record, header included. */
  int sizeBytes() {
    return end;
  }

  boolean isEmpty() {
    return effectCount == 0;
  }

  byte[] array() {
    return array;
  }

  /** Gives the bytes away and begins a new record. */
  byte[] detach() {
    byte[] filled = array;
    array = new byte[INITIAL_BYTES];
    end = EffectCodec.HEADER_BYTES;
    effectCount = 0;
    return filled;
  }

  /** Throws away what was recorded; only for a shard that has lost its memory's worth. */
  void discard() {
    detach();
    wordsMissing = 0;
  }

  @Override
  public void begin(int database, byte[] name, int argumentCount) {
    Invariant.check(wordsMissing == 0, "an effect lacks %d words", wordsMissing);
    reserve(16);
    end = EffectCodec.writeVarint(database, array, end);
    end = EffectCodec.writeVarint(argumentCount + 1, array, end);
    effectCount++;
    wordsMissing = argumentCount + 1;
    argument(name, 0, name.length);
  }

  @Override
  public void argument(byte[] buffer, int offset, int length) {
    reserve(5L + length);
    end = EffectCodec.writeVarint(length, array, end);
    System.arraycopy(buffer, offset, array, end, length);
    end += length;
    wordsMissing--;
  }

  @Override
  public void argument(long value) {
    reserve(1 + Numbers.MAX_LONG_DIGITS);
    array[end] = (byte) Numbers.lengthOf(value);
    end = Numbers.write(value, array, end + 1);
    wordsMissing--;
  }

  @Override
  public void request(int database, Args args) {
    Invariant.check(wordsMissing == 0, "an effect lacks %d words", wordsMissing);
    reserve(16);
    end = EffectCodec.writeVarint(database, array, end);
    end = EffectCodec.writeVarint(args.count(), array, end);
    effectCount++;
    wordsMissing = args.count();
    for (int word = 0; word < args.count(); word++) {
      argument(args.array(), args.offset(word), args.length(word));
    }
  }

  private void reserve(long bytes) {
    long needed = end + bytes;
    if (needed > array.length) {
      Invariant.check(needed <= MAX_BYTES, "effects of one run need %d bytes", needed);
      array = Arrays.copyOf(array, (int) Math.min(MAX_BYTES, Math.max(needed, array.length * 2L)));
    }
  }
}
