package io.engramdb.it.harness;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * A small RESP2/RESP3 client on one connection: what a test sends is what goes over the wire.
 *
 * <p>It never reconnects, redirects or repeats: those are decisions of the test. One thread may
 * send while another receives.
 */
public final class RespClient implements AutoCloseable {
  public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(10);

  private final Socket socket;
  private final OutputStream out;
  private final RespReader reader;

  private RespClient(Socket socket) throws IOException {
    this.socket = socket;
    this.out = new BufferedOutputStream(socket.getOutputStream(), 64 * 1024);
    this.reader = new RespReader(socket.getInputStream());
  }

  public static RespClient connect(Endpoint endpoint) throws IOException {
    return connect(endpoint, DEFAULT_LIMIT);
  }

  /** Connects and logs in; a reply that takes longer than the limit is an IOException. */
  public static RespClient connect(Endpoint endpoint, Duration limit) throws IOException {
    RespClient client = new RespClient(endpoint.open(limit));
    try {
      if (endpoint.user() != null && endpoint.password() != null) {
        Reply login = client.call("AUTH", endpoint.user(), endpoint.password());
        if (!login.isOk()) {
          throw new IOException("AUTH: " + login);
        }
      }
      return client;
    } catch (IOException failed) {
      client.close();
      throw failed;
    }
  }

  /** Sends one command and waits for its reply. */
  public Reply call(String... arguments) throws IOException {
    send(arguments);
    flush();
    return receive();
  }

  public Reply call(List<byte[]> arguments) throws IOException {
    send(arguments);
    flush();
    return receive();
  }

  /** Buffers a command; arguments are Latin-1, so any byte can be written as a character. */
  public void send(String... arguments) throws IOException {
    out.write(("*" + arguments.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    for (String argument : arguments) {
      writeBulk(argument.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  public void send(List<byte[]> arguments) throws IOException {
    out.write(("*" + arguments.size() + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    for (byte[] argument : arguments) {
      writeBulk(argument);
    }
  }

  /** Buffers bytes as they are. */
  public void sendRaw(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  public void flush() throws IOException {
    out.flush();
  }

  public Reply receive() throws IOException {
    return reader.read();
  }

  public void limit(Duration limit) throws IOException {
    socket.setSoTimeout((int) limit.toMillis());
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed either way.
    }
  }

  private void writeBulk(byte[] bytes) throws IOException {
    out.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    out.write(bytes);
    out.write('\r');
    out.write('\n');
  }
}
