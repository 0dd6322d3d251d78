package io.engramdb.node.scripts;

import io.engramdb.node.engine.value.PendingEntry;
import io.engramdb.node.engine.value.StreamConsumer;
import io.engramdb.node.engine.value.StreamGroup;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.StreamVisitor;
import java.nio.charset.StandardCharsets;

/**
 * A stream with its groups as text. When consumers were seen is left out: replicas know it only
 * from records.
 */
public final class StreamText extends ElementText implements StreamVisitor {

  private final StringBuilder text = new StringBuilder("stream ");

  private StreamText() {}

  public static String of(StreamValue stream) {
    StreamText entries = new StreamText();
    stream.visitRange(StreamId.MIN, StreamId.MAX, 0, entries);
    StringBuilder text = entries.text;
    text.append(" last ").append(stream.lastId());
    text.append(" first ").append(stream.firstId());
    text.append(" deleted ").append(stream.maxDeletedId());
    text.append(" length ").append(stream.length());
    text.append(" added ").append(stream.entriesAdded());
    for (StreamGroup group : stream.groups()) {
      text.append("\n  group ").append(latin1(group.name().array()));
      text.append(" last ").append(group.lastId).append(" read ").append(group.entriesRead);
      PendingEntry pending = group.firstPending(StreamId.MIN);
      while (pending != null) {
        text.append("\n    ").append(pending.id()).append(" at ");
        text.append(latin1(pending.consumer().name().array())).append(' ');
        text.append(pending.deliveredMs()).append(" times ").append(pending.deliveryCount());
        pending = group.firstPending(pending.id().next());
      }
      for (StreamConsumer consumer : group.consumers()) {
        text.append("\n    consumer ").append(latin1(consumer.name().array()));
        text.append(' ').append(consumer.pendingCount());
      }
    }
    return text.toString();
  }

  private static String latin1(byte[] bytes) {
    return Reply.quote(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  @Override
  public boolean entry(long ms, long seq, int pairs) {
    text.append('\n').append(new StreamId(ms, seq));
    return true;
  }

  @Override
  protected void element(String element) {
    text.append(' ').append(Reply.quote(element));
  }
}
