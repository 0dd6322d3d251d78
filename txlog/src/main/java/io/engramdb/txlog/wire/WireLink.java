package io.engramdb.txlog.wire;

import io.engramdb.txlog.Invariant;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lane to another member: connects when it is wanted, again and again, and matches replies with
 * calls. A call ends in one of three ways: with a reply, with the word that it failed, or with the
 * connection. Nothing is kept for a member that is away: calls are refused while there is no
 * connection. Only on the thread of its lane, but for {@link #address} and {@link #waitingBytes}.
 */
public final class WireLink implements FrameListener {
  private static final Logger LOG = LoggerFactory.getLogger(WireLink.class);

  /** Above the upper mark nothing more is given to a connection; bytes. */
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(1 << 20, 4 << 20);

  /** Stands where the number of a call would; calls are counted from 1. */
  private static final long NO_CALL = 0;

  /** For the connection alone, then for it with TLS and hello, on a machine that is busy. */
  private static final int CONNECT_MS = 1_000;

  private static final long WELCOME_MS = 5_000;

  /** Pause before the next attempt: doubles from the first to the last. */
  private static final long FIRST_PAUSE_MS = 10;

  private static final long LAST_PAUSE_MS = 250;

  /** A call that was made and not answered yet. */
  public interface Call {
    /** The reply. */
    void replied(byte type, byte[] body);

    /** The other member says that it could not do it. */
    void refused(String why);

    /** The connection ended: it may have been done, or not. */
    void lost(String why);
  }

  /** Hears what becomes of a link. */
  public interface Watcher {
    /** Does not care. */
    Watcher NOBODY =
        new Watcher() {
          @Override
          public void up(WireLink link) {}

          @Override
          public void down(WireLink link, String why) {}

          @Override
          public void ready(WireLink link) {}
        };

    /** Calls may be made. */
    void up(WireLink link);

    /** There is no connection any more, or there came none; calls under way are lost already. */
    void down(WireLink link, String why);

    /** All replies that had come were handed out, or there is room again for calls. */
    void ready(WireLink link);
  }

  private enum State {
    IDLE,
    CONNECTING,
    UP,
    PAUSING,
    CLOSED
  }

  private final WireLoop loop;
  private final Hello hello;
  private final @Nullable WireTls tls;
  private final Watcher watcher;
  private volatile String address;

  /** Null: the host that is connected to. */
  private @Nullable String certificateName;

  private State state = State.IDLE;

  /** Written on the thread of the lane. */
  private volatile @Nullable WireConnection connection;

  /** Of the attempt under way; an outcome of an older one counts nothing. */
  private @Nullable Channel attempt;

  private @Nullable Future<?> deadline;
  private long pauseMs = FIRST_PAUSE_MS;
  private boolean outageSaid;
  private boolean wantedInPause;
  private long lastCallId;
  private final Map<Long, Call> calls = new LinkedHashMap<>();

  /**
   * A link that is not connected.
   *
   * @param address host and port of the other member
   */
  public WireLink(
      WireLoop loop, Hello hello, String address, @Nullable WireTls tls, Watcher watcher) {
    this.loop = loop;
    this.hello = hello;
    this.address = address;
    this.tls = tls;
    this.watcher = watcher;
  }

  /** Where the next attempt goes; any thread. */
  public void address(String hostAndPort) {
    address = hostAndPort;
  }

  /** The name that the other member's certificate must carry; before the link is used. */
  public void certificateName(String name) {
    certificateName = name;
  }

  /** Whether calls may be made. */
  public boolean isUp() {
    return state == State.UP;
  }

  /** The same, and the connection has room. */
  public boolean isWritable() {
    return connection != null && connection.isWritable();
  }

  /** Calls that are not answered. */
  public int callCount() {
    return calls.size();
  }

  /** Bytes that the connection holds and could not send yet; any thread. */
  public long waitingBytes() {
    WireConnection now = connection;
    return now == null ? 0 : now.waitingBytes();
  }

  /** Connects if there is no connection: now, or after the pause that follows a failure. */
  public void want() {
    if (state == State.IDLE) {
      connect();
    } else if (state == State.PAUSING) {
      wantedInPause = true;
    }
  }

  /** The same without a pause. */
  public void wantNow() {
    if (state == State.PAUSING) {
      state = State.IDLE;
    }
    want();
  }

  /** Makes a call; it leaves with the next {@link #flush}. Only while the link is up. */
  public void call(byte type, Payload request, Call call) {
    WireConnection to = connection;
    Invariant.check(to != null && state == State.UP, "call on a link that is %s", state);
    long id = ++lastCallId;
    calls.put(id, call);
    to.send(type, id, request);
  }

  /** Sends something that is not answered; it leaves with the next {@link #flush}. */
  public void tell(byte type, Payload message) {
    WireConnection to = connection;
    Invariant.check(to != null && state == State.UP, "message on a link that is %s", state);
    to.send(type, NO_CALL, message);
  }

  /** Sends the calls made. */
  public void flush() {
    if (connection != null) {
      connection.flush();
    }
  }

  /** Ends the connection, because nothing comes over it any more. */
  public void drop(String why) {
    if (state == State.UP) {
      ended(why);
    }
  }

  /** Ends it for good. */
  public void close() {
    State before = state;
    state = State.CLOSED;
    cancelDeadline();
    if (attempt != null) {
      attempt.close();
    }
    if (before == State.UP) {
      closeConnection();
      loseCalls("the log is closed");
    }
  }

  // ---- connecting

  private void connect() {
    state = State.CONNECTING;
    wantedInPause = false;
    String target = address;
    int colon = target.lastIndexOf(':');
    String host = target.substring(0, colon);
    int port = Integer.parseInt(target.substring(colon + 1));
    try {
      // An address needs no resolver, and a name's resolver may take its time: never on the loop.
      connect(host, new InetSocketAddress(InetAddress.ofLiteral(host), port));
    } catch (IllegalArgumentException notAnAddress) {
      Thread.ofVirtual()
          .name("log-resolve-" + host)
          .start(
              () -> {
                try {
                  InetSocketAddress at = new InetSocketAddress(InetAddress.getByName(host), port);
                  loop.execute(() -> resolved(host, at));
                } catch (UnknownHostException e) {
                  loop.execute(() -> resolved(host, null));
                }
              });
    }
  }

  private void resolved(String host, @Nullable InetSocketAddress at) {
    if (state != State.CONNECTING || attempt != null) {
      return;
    }
    if (at == null) {
      failed("the name " + host + " is unknown");
    } else {
      connect(host, at);
    }
  }

  private void connect(String host, InetSocketAddress at) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop.group())
            .channel(WireLoop.channelType())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (tls != null) {
                      String name = certificateName == null ? host : certificateName;
                      channel.pipeline().addLast(tls.towards(channel.alloc(), name, at.getPort()));
                    }
                    channel.pipeline().addLast(new HelloAsk(hello, new Outcome(channel)));
                  }
                });
    var connecting = bootstrap.connect(at);
    Channel channel = connecting.channel();
    attempt = channel;
    connecting.addListener(
        done -> {
          if (!done.isSuccess() && channel == attempt) {
            failed(String.valueOf(done.cause().getMessage()));
          }
        });
    deadline =
        loop.schedule(
            () -> {
              if (channel == attempt) {
                failed("it did not answer within " + WELCOME_MS + " ms");
              }
            },
            WELCOME_MS,
            TimeUnit.MILLISECONDS);
  }

  /** What becomes of one attempt. */
  private final class Outcome implements HelloAsk.Verdict {
    private final Channel channel;

    Outcome(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void welcome(ChannelHandlerContext handler) {
      if (channel == attempt) {
        WireConnection made = new WireConnection(channel, hello, WireLink.this);
        channel.pipeline().replace(handler.handler(), "frames", made);
        succeeded(made);
      } else {
        channel.close();
      }
    }

    @Override
    public void failed(String why, boolean refused) {
      if (channel == attempt) {
        if (refused) {
          // A refusal rarely ends by itself.
          pauseMs = LAST_PAUSE_MS;
        }
        WireLink.this.failed(why);
      }
    }
  }

  private void succeeded(WireConnection made) {
    cancelDeadline();
    attempt = null;
    connection = made;
    state = State.UP;
    if (outageSaid) {
      LOG.info("{}: connected again with {} at {}", hello.lane(), hello.to(), address);
      outageSaid = false;
    }
    watcher.up(this);
  }

  private void failed(String why) {
    cancelDeadline();
    Channel failed = attempt;
    attempt = null;
    if (failed != null) {
      failed.close();
    }
    if (state != State.CLOSED) {
      pause();
      sayOutage(why);
      watcher.down(this, why);
    }
  }

  private void pause() {
    state = State.PAUSING;
    long waitMs = pauseMs;
    pauseMs = Math.min(LAST_PAUSE_MS, 2 * pauseMs);
    loop.schedule(
        () -> {
          if (state == State.PAUSING) {
            state = State.IDLE;
            if (wantedInPause) {
              connect();
            }
          }
        },
        waitMs,
        TimeUnit.MILLISECONDS);
  }

  /** Once per outage. */
  private void sayOutage(String why) {
    if (!outageSaid) {
      outageSaid = true;
      LOG.warn("{}: no connection with {} at {}: {}", hello.lane(), hello.to(), address, why);
    }
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  // ---- connected

  @Override
  public void received(WireConnection from, byte type, long callId, byte[] body) {
    Call call = from == connection ? calls.remove(callId) : null;
    if (call == null) {
      return;
    }
    // Only now: a peer that hangs up after each welcome is not to be asked a hundred times a
    // second.
    pauseMs = FIRST_PAUSE_MS;
    if (type == WireConnection.FAILURE) {
      call.refused(WireConnection.printable(WireConnection.reason(body)));
    } else {
      call.replied(type, body);
    }
  }

  @Override
  public void drained(WireConnection from) {
    if (from == connection) {
      watcher.ready(this);
    }
  }

  @Override
  public void writable(WireConnection to) {
    if (to == connection) {
      watcher.ready(this);
    }
  }

  @Override
  public void closed(WireConnection gone) {
    if (gone == connection && state == State.UP) {
      ended("the connection ended");
    }
  }

  private void ended(String why) {
    closeConnection();
    pause();
    sayOutage(why);
    loseCalls(why);
    watcher.down(this, why);
  }

  private void closeConnection() {
    WireConnection gone = connection;
    connection = null;
    if (gone != null) {
      gone.close();
    }
  }

  private void loseCalls(String why) {
    List<Call> lost = new ArrayList<>(calls.values());
    calls.clear();
    for (Call call : lost) {
      call.lost(why);
    }
  }
}
