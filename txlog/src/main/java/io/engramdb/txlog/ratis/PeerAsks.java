package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.Payload;
import io.engramdb.txlog.wire.WireLink;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/**
 * Single questions to one member, each asked by a thread that waits for the answer: votes and the
 * like. They wait for a connection that is being made and no longer: if it fails, so do they. Only
 * on the thread of its link's lane.
 */
final class PeerAsks implements WireLink.Watcher {
  private static final int MAX_WAITING = 16;

  private final WireLink.Watcher next;
  private final ArrayDeque<Ask> waiting = new ArrayDeque<>();

  /** Events of the link go on to {@code next}. */
  PeerAsks(WireLink.Watcher next) {
    this.next = next;
  }

  /** A question; its answer is the body of the reply. */
  record Ask(byte type, Payload request, byte replyType, CompletableFuture<byte[]> answer)
      implements WireLink.Call {
    Ask(byte type, Payload request, byte replyType) {
      this(type, request, replyType, new CompletableFuture<>());
    }

    @Override
    public void replied(byte frameType, byte[] body) {
      if (frameType == replyType) {
        answer.complete(body);
      } else {
        refused("answer of type " + frameType);
      }
    }

    @Override
    public void refused(String why) {
      answer.completeExceptionally(new IOException(why));
    }

    /** Or never sent. */
    @Override
    public void lost(String why) {
      answer.completeExceptionally(new ConnectException(why));
    }
  }

  void put(WireLink link, Ask ask) {
    if (link.isUp()) {
      call(link, ask);
      link.flush();
    } else if (waiting.size() == MAX_WAITING) {
      ask.lost(MAX_WAITING + " others wait for a connection");
    } else {
      waiting.add(ask);
      link.wantNow();
    }
  }

  private static void call(WireLink link, Ask ask) {
    // Who asked may have gone.
    if (!ask.answer.isDone()) {
      link.call(ask.type, ask.request, ask);
    }
  }

  @Override
  public void up(WireLink link) {
    for (Ask ask; (ask = waiting.poll()) != null; ) {
      call(link, ask);
    }
    link.flush();
    next.up(link);
  }

  @Override
  public void down(WireLink link, String why) {
    for (Ask ask; (ask = waiting.poll()) != null; ) {
      ask.lost(why);
    }
    next.down(link, why);
  }

  @Override
  public void ready(WireLink link) {
    next.ready(link);
  }
}
