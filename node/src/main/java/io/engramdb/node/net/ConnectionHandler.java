package io.engramdb.node.net;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.resp.RespRequestDecoder;
import io.engramdb.node.session.Connection;
import io.engramdb.node.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: bytes of the channel to requests of its session, replies of the session to the
 * channel. Event loop only.
 *
 * <p>Back-pressure: when the session does not take a request, the request and what follows it stay
 * here, and nothing more is read from the socket until the session calls {@link #resume}.
 */
final class ConnectionHandler extends ChannelInboundHandlerAdapter implements Connection {

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionHandler.class);

  /** How long a refused client's input is still read and thrown away, milliseconds. */
  private static final long LINGER_MS = 1000;

  private enum Stage {
    /** Not connected, or TLS is still being negotiated. */
    OPENING,
    SERVING,
    /** Broke the protocol: its input is thrown away so that it can read why. */
    REFUSED,
    CLOSED
  }

  private final RespServer server;
  private final RespRequestDecoder decoder = new RespRequestDecoder();
  private final RequestInput input;

  private @Nullable ChannelHandlerContext context;
  private @Nullable ReplyOutput output;
  private @Nullable Session session;
  private Stage stage = Stage.OPENING;

  /** A decoded request was not taken by the session. */
  private boolean held;

  private boolean processing;
  private boolean resumeAgain;
  private boolean readingWanted = true;
  private boolean reading = true;
  private boolean inputEnded;

  /** Closes once everything has been given to the channel. */
  private boolean closeWhenSent;

  private boolean closing;
  private long lastReadNs;

  ConnectionHandler(RespServer server) {
    this.server = server;
    this.input = new RequestInput(decoder, server.scratch(), server.inputBudget());
  }

  // --- channel events

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    output = new ReplyOutput(added);
    lastReadNs = System.nanoTime();
    server.joined(this);
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    if (active.pipeline().get(SslHandler.class) == null) {
      open(active.channel());
    }
  }

  private void open(Channel channel) {
    stage = Stage.SERVING;
    session =
        server
            .sessions()
            .open(
                this,
                SocketAddresses.text(channel.remoteAddress()),
                SocketAddresses.text(channel.localAddress()));
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      lastReadNs = System.nanoTime();
      server.metrics().netInputBytes += bytes.readableBytes();
      Session current = session;
      if (stage == Stage.SERVING && current != null) {
        received(current, bytes);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void received(Session current, ByteBuf bytes) {
    if (!input.add(bytes, server.limits().inputBytes())) {
      LOG.warn(
          "client {} refused: incomplete requests of all clients may take {} bytes of this heap",
          current.state().address,
          server.limits().inputBytes());
      refuse(current, CommandError.OOM);
      return;
    }
    if (held || processing) {
      // Was under way when reading stopped, or comes while its script runs; its turn will come.
      input.settle();
    } else {
      process(current);
    }
    if (stage == Stage.SERVING
        && input.pendingBytes() > server.limits().requests().maxRequestBytes()) {
      server.metrics().queryLimitDisconnections++;
      LOG.warn("client {} closed: its query buffer exceeds the limit", current.state().address);
      close();
    } else if (input.pendingBytes() > 0) {
      current.inputGrew();
    }
  }

  /** Hands requests to the session, in order, until there are none or it takes no more. */
  private void process(Session current) {
    processing = true;
    try {
      do {
        resumeAgain = false;
        while (stage == Stage.SERVING && (held ? submit(current) : decodeNext(current))) {
          // Each round is one request.
        }
      } while (resumeAgain && held);
    } finally {
      processing = false;
      if (stage == Stage.CLOSED) {
        input.clear();
      } else {
        input.settle();
      }
    }
    updateReading();
    if (inputEnded && !held && stage == Stage.SERVING) {
      current.inputClosed();
    }
  }

  private boolean submit(Session current) {
    held = !current.submit(decoder.args());
    return !held;
  }

  /** True if there may be more. */
  private boolean decodeNext(Session current) {
    var outcome = decoder.next(current.state().authenticated, server.limits().requests());
    switch (outcome) {
      case REQUEST -> {
        int ahead = decoder.batchSize();
        if (ahead > 1) {
          current.preview(decoder.batch(), ahead);
        }
        return submit(current);
      }
      case ERROR -> refuse(current, CommandError.err(decoder.error()));
      case FOREIGN_PROTOCOL -> {
        LOG.warn(
            "client {} closed: it sent the words POST or Host:, as a browser does that is misused"
                + " to send commands",
            current.state().address);
        close();
      }
      case INCOMPLETE -> {}
    }
    return false;
  }

  private void refuse(Session current, CommandError error) {
    stage = Stage.REFUSED;
    input.clear();
    current.refused(error);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    if (!changed.channel().isWritable() || output == null) {
      return;
    }
    if (output.isWaiting()) {
      output.flush();
    }
    if (closeWhenSent && !output.isWaiting()) {
      closeAfterFlush();
    }
    Session current = session;
    if (current != null && stage != Stage.CLOSED) {
      current.writable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        open(triggered.channel());
      } else {
        LOG.info(
            "TLS handshake with {} failed: {}",
            SocketAddresses.text(triggered.channel().remoteAddress()),
            String.valueOf(handshake.cause().getMessage()));
        close();
      }
    } else if (event == ChannelInputShutdownEvent.INSTANCE
        || event instanceof SslCloseCompletionEvent) {
      inputEnded();
    }
  }

  private void inputEnded() {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    Session current = session;
    if (stage != Stage.SERVING || current == null) {
      close();
    } else if (!held) {
      current.inputClosed();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
    if (cause instanceof Error error) {
      server.failed(error);
    } else if (cause instanceof IOException
        || cause instanceof DecoderException
        || stage != Stage.SERVING) {
      // Lost connections and failed handshakes are a matter of the client.
      LOG.debug("connection lost: {}", cause.toString());
    } else {
      LOG.error("closing a connection after an unexpected failure", cause);
    }
    close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    closed();
    server.left(this);
  }

  private void closed() {
    stage = Stage.CLOSED;
    if (!processing) {
      input.clear();
    }
    if (output != null) {
      output.clear();
    }
    Session current = session;
    session = null;
    if (current != null) {
      current.closed();
    }
  }

  // --- the session's side

  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (stage != Stage.CLOSED && output != null) {
      output.write(bytes, offset, length);
    }
  }

  @Override
  public void writeOwned(byte[] bytes, int offset, int length) {
    if (stage != Stage.CLOSED && output != null) {
      output.writeOwned(bytes, offset, length);
    }
  }

  @Override
  public void flush() {
    if (stage != Stage.CLOSED && output != null) {
      server.metrics().netOutputBytes += output.takeAcceptedBytes();
      output.flush();
    }
  }

  @Override
  public long unsentBytes() {
    return output == null || stage == Stage.CLOSED ? 0 : output.unsentBytes();
  }

  @Override
  public long inputBytes() {
    return input.unparsedBytes();
  }

  @Override
  public long inputFreeBytes() {
    return input.freeBytes();
  }

  @Override
  public int socketDescriptor() {
    ChannelHandlerContext current = context;
    return current == null ? -1 : SocketAddresses.descriptor(current.channel());
  }

  @Override
  public void setReading(boolean on) {
    readingWanted = on;
    updateReading();
  }

  private void updateReading() {
    ChannelHandlerContext current = context;
    boolean wanted = readingWanted && (!held || heldBriefly());
    if (current != null && stage != Stage.CLOSED && wanted != reading) {
      reading = wanted;
      current.channel().config().setAutoRead(wanted);
    }
  }

  /** Reading is neither stopped nor started for something that is over in a moment. */
  private boolean heldBriefly() {
    Session current = session;
    return current != null && current.state().scriptPostponed;
  }

  @Override
  public void resume() {
    Session current = session;
    if (stage != Stage.SERVING || current == null || !held) {
      return;
    }
    if (processing) {
      resumeAgain = true;
    } else {
      process(current);
    }
  }

  @Override
  public void closeAfterFlush() {
    ChannelHandlerContext current = context;
    ReplyOutput out = output;
    if (stage == Stage.CLOSED || current == null || out == null) {
      return;
    }
    out.flush();
    if (out.isWaiting()) {
      closeWhenSent = true;
      return;
    }
    closeWhenSent = false;
    if (closing) {
      return;
    }
    closing = true;
    boolean lingers = stage == Stage.REFUSED && !inputEnded;
    current
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            sent -> {
              if (lingers
                  && sent.isSuccess()
                  && current.channel() instanceof DuplexChannel duplex) {
                linger(current, duplex);
              } else {
                close();
              }
            });
  }

  /**
   * Ends our side and reads on for a while: closing with unread input would reset the connection,
   * and the client might lose the error that it is being told.
   */
  private void linger(ChannelHandlerContext current, DuplexChannel duplex) {
    readingWanted = true;
    held = false;
    updateReading();
    duplex.shutdownOutput();
    current.executor().schedule(this::close, LINGER_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    ChannelHandlerContext current = context;
    if (current != null && stage != Stage.CLOSED) {
      stage = Stage.CLOSED;
      current.close();
    }
  }

  /** Closes the connection if its client has been silent for too long. */
  void closeIfIdle(long nowNs, long timeoutNs) {
    Session current = session;
    boolean mayBeSilent = current != null && (current.blocked() || current.state().isReplica());
    if (nowNs - lastReadNs > timeoutNs && !mayBeSilent) {
      LOG.debug("closing idle client");
      close();
    }
  }
}
