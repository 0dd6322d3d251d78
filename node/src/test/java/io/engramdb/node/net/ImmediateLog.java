package io.engramdb.node.net;

import io.engramdb.node.shard.EffectLog;
import io.engramdb.node.shard.Shard;
import io.netty.channel.EventLoop;

/** A log that commits every record in the loop's next round; it can be stopped. Loop only. */
final class ImmediateLog implements EffectLog {

  private final EventLoop loop;
  private Shard shard;
  private long appended;
  private long committed;
  private boolean stopped;

  ImmediateLog(EventLoop loop) {
    this.loop = loop;
  }

  void serve(Shard newShard) {
    shard = newShard;
  }

  /** Records are appended and not committed until it goes on. */
  void stop(boolean on) {
    stopped = on;
    commit();
  }

  @Override
  public Position append(
      long epoch, long sequence, Kind kind, byte[] bytes, int offset, int length) {
    appended++;
    loop.execute(this::commit);
    return new Position(1, appended);
  }

  private void commit() {
    while (!stopped && committed < appended) {
      committed++;
      shard.committed(1, committed);
    }
  }
}
