package io.engramdb.node.pubsub;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.shard.KeyChangeListener;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardState;

/**
 * Hands what happens to keys on to those who tell clients of it, and makes the shard call only
 * while one of them has somebody to tell. While the node is only reading its own log again, there
 * is nothing new to tell. Shard thread only.
 */
final class ChangeFeed implements KeyChangeListener {

  private final Shard shard;
  private final KeyspaceEvents events;
  private final TrackingTable tracking;
  private boolean connected;

  /** A command runs, and it has emptied a database already. */
  private boolean runs;

  private boolean emptied;

  ChangeFeed(Shard shard, KeyspaceEvents events, TrackingTable tracking) {
    this.shard = shard;
    this.events = events;
    this.tracking = tracking;
  }

  /** Somebody may have begun or ceased to listen. */
  void update() {
    boolean wanted = events.isOn() || tracking.isOn();
    if (wanted != connected) {
      connected = wanted;
      shard.tellOfChanges(wanted ? this : null);
    }
  }

  private boolean tellsEvents() {
    return events.isOn() && shard.state() != ShardState.LOADING;
  }

  @Override
  public void begin(CommandSpec spec, ClientState client) {
    runs = true;
    emptied = false;
    events.begin(spec);
    tracking.begin(spec, client);
  }

  @Override
  public void changing(int database, Entry entry) {
    if (tracking.isOn()) {
      tracking.changed(entry.key);
    }
    if (tellsEvents()) {
      events.changing(database, entry.key);
    }
  }

  @Override
  public void added(int database, Entry entry) {
    if (tellsEvents()) {
      events.added(database, entry.key);
    }
  }

  @Override
  public void removing(int database, Entry entry) {
    if (tellsEvents()) {
      events.removing(database, entry.key);
    }
  }

  @Override
  public void expirySet(int database, Entry entry) {
    if (tellsEvents()) {
      events.expirySet(database, entry.key);
    }
  }

  @Override
  public void expiryCleared(int database, Entry entry) {
    if (tellsEvents()) {
      events.expiryCleared(database, entry.key);
    }
  }

  @Override
  public void expired(int database, byte[] key) {
    if (tellsEvents()) {
      events.expired(database, key);
    }
  }

  @Override
  public void fieldsExpired(int database, byte[] key, boolean all) {
    if (tellsEvents()) {
      events.fieldsExpired(database, key, all);
    }
  }

  @Override
  public void evicted(int database, byte[] key) {
    if (tellsEvents()) {
      events.evicted(database, key);
    }
  }

  @Override
  public void announced(int database, byte[] buffer, int offset, int length, String event) {
    if (tellsEvents()) {
      events.announced(database, buffer, offset, length, event);
    }
  }

  @Override
  public void missed(int database, byte[] buffer, int offset, int length) {
    if (tellsEvents()) {
      events.missed(database, buffer, offset, length);
    }
  }

  @Override
  public void changingAll(int database) {
    // FLUSHALL empties sixteen databases, and nobody can cache anything in between.
    if (tracking.isOn() && !(runs && emptied)) {
      emptied = true;
      tracking.invalidateAll();
    }
  }

  @Override
  public void ran(CommandSpec spec, Args args, ClientState client) {
    runs = false;
    if (tellsEvents()) {
      events.ran(spec, args, client.database);
    }
    if (tracking.isOn()) {
      tracking.ran(spec, args, client);
    }
  }
}
