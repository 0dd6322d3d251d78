package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;
import org.jspecify.annotations.Nullable;

/** What commands know and change of a client: plain data. One per connection, shard thread only. */
public final class ClientState {

  /** What CLIENT REPLY has set. */
  public enum ReplyMode {
    ON,
    OFF,
    /** Silent for the next command, then on again. */
    SKIP_NEXT,
    /** Silent for the command that runs. */
    SKIPPING
  }

  public final long id;

  /** Address of the client and of our side, {@code ip:port}. */
  public final String address;

  public final String localAddress;

  /** Shard time when the connection was made, milliseconds. */
  public final long createdMs;

  public int database;
  public int protocol = 2;

  /** Name of the user, once authenticated. */
  public @Nullable String user;

  /** Rights of {@link #user}; null for who needs none, because nobody else asks through it. */
  public @Nullable Account account;

  /** The commit of what ran last changes rights or the like: nothing runs before it. */
  public boolean settling;

  /** Whether commands other than AUTH, HELLO, QUIT and RESET are allowed. */
  public boolean authenticated;

  public Bytes name = Bytes.EMPTY;
  public Bytes libraryName = Bytes.EMPTY;
  public Bytes libraryVersion = Bytes.EMPTY;

  /** READONLY was sent: reads on a replica are served. */
  public boolean readOnlyAllowed;

  /** ASKING was sent: holds for one command. */
  public boolean asking;

  public boolean noTouch;
  public boolean noEvict;
  public ReplyMode replyMode = ReplyMode.ON;

  /** A script of this client runs in a task that is queued. */
  public boolean scriptPostponed;

  /** The connection closes when all replies so far have left. */
  public boolean closeAfterReply;

  /** Shard time of the last command, milliseconds. */
  public long lastCommandMs;

  /** Full name of the last command, for CLIENT LIST. */
  public @Nullable CommandSpec lastCommand;

  /** Commands since the connection was made. */
  public long commandCount;

  /** What the client hears of without asking. */
  public final Subscriptions subscriptions = new Subscriptions();

  /** MONITOR was sent: it sees every command. */
  public boolean monitoring;

  /** How it hears of keys that it has cached; null if it does not. */
  public @Nullable TrackingState tracking;

  /** What it has said of itself as a replica of another make; null if nothing. */
  public @Nullable ReplicaState replica;

  /** The command that runs has written a push, which CLIENT REPLY does not silence. */
  public boolean pushed;

  /** The open transaction and the watched keys. */
  public final TransactionState transaction = new TransactionState();

  /** Highest record that this client's writes have gone into; what WAIT waits for. */
  public long lastWriteSequence;

  /** Epoch of {@link #lastWriteSequence}. */
  public long lastWriteEpoch;

  /**
   * Whether the reply of the command that has just run is not sent; moves {@link #replyMode} on.
   */
  public boolean silencesReply() {
    switch (replyMode) {
      case ON -> {
        return false;
      }
      case SKIP_NEXT -> replyMode = ReplyMode.SKIPPING;
      case SKIPPING -> replyMode = ReplyMode.ON;
      default -> {
        // OFF stays.
      }
    }
    return true;
  }

  public ClientState(long id, String address, String localAddress, long createdMs) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
    this.createdMs = createdMs;
    this.lastCommandMs = createdMs;
  }

  /** Whether it is a replica of another make that is told every change. */
  public boolean isReplica() {
    ReplicaState said = replica;
    return said != null && said.attached;
  }
}
