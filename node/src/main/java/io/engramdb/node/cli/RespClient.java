package io.engramdb.node.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Speaks to a server as any client would, in RESP2: one request and its reply ({@link #call}), or
 * requests ahead of their replies ({@link #send}, {@link #receive}), which one thread may do each.
 */
final class RespClient implements AutoCloseable {
  /** A reply that is longer is not one of those that we ask for. */
  private static final int MAX_REPLY_BYTES = 64 << 20;

  /** Elements of an array, at any depth. */
  private static final int MAX_ELEMENTS = 1 << 20;

  private static final int MAX_DEPTH = 8;
  private static final int OUTPUT_BUFFER_BYTES = 1 << 16;

  private static final byte[] END = {'\r', '\n'};

  private final Socket socket;
  private final RespInput in;
  private final OutputStream out;

  /** Below TLS; the same as {@link #socket} without. */
  private final Socket plain;

  private RespClient(Socket plain, Socket socket) throws IOException {
    this.plain = plain;
    this.socket = socket;
    this.in = new RespInput(socket.getInputStream());
    this.out = new BufferedOutputStream(socket.getOutputStream(), OUTPUT_BUFFER_BYTES);
  }

  /** The server answered with an error. */
  static final class ErrorReply extends IOException {
    private static final long serialVersionUID = 1L;

    ErrorReply(String message) {
      super(message);
    }
  }

  /**
   * Connects and logs in as the cluster's settings say.
   *
   * @param authority certificate of the authority to trust, or null for a plain connection
   */
  static RespClient connect(
      ClusterMember member, ClusterSettings settings, @Nullable Path authority, int timeoutMs)
      throws IOException {
    return connect(ServerAddress.of(member, settings, authority), timeoutMs);
  }

  /**
   * Connects and logs in.
   *
   * @param timeoutMs how long the server may take to accept, and each reply
   */
  static RespClient connect(ServerAddress address, int timeoutMs) throws IOException {
    Socket plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(address.host(), address.port()), timeoutMs);
      plain.setSoTimeout(timeoutMs);
      plain.setTcpNoDelay(true);
      RespClient client = new RespClient(plain, address.tls() ? secure(plain, address) : plain);
      String password = address.password();
      String user = address.user();
      if (password != null && user != null) {
        client.call("AUTH", user, password);
      } else if (password != null) {
        client.call("AUTH", password);
      }
      return client;
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static Socket secure(Socket plain, ServerAddress address) throws IOException {
    Path authority = address.authority();
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, authority == null ? null : trusting(authority), null);
      SSLSocket secured =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, address.host(), address.port(), true);
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      return secured;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS with " + authority + ": " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trusting(Path authority)
      throws IOException, GeneralSecurityException {
    try (InputStream file = Files.newInputStream(authority)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      return trust.getTrustManagers();
    }
  }

  /**
   * Sends one command and gives the text of the reply; null for a nil.
   *
   * @throws ErrorReply if the server refuses
   */
  @Nullable String call(String... words) throws IOException {
    return switch (ask(words)) {
      case null -> null;
      case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
      case List<?> list ->
          throw new IOException("unexpected reply of " + list.size() + " elements");
      case Object other -> other.toString();
    };
  }

  /**
   * Sends one command and gives the reply as {@link #receive} does.
   *
   * @throws ErrorReply if the server refuses
   */
  @Nullable Object ask(String... words) throws IOException {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i].getBytes(StandardCharsets.UTF_8);
    }
    send(bytes);
    flush();
    Object reply = receive();
    if (reply instanceof ErrorReply error) {
      throw error;
    }
    return reply;
  }

  /** Buffers a request. */
  void send(byte[]... words) throws IOException {
    out.write(ascii("*" + words.length + "\r\n"));
    for (byte[] word : words) {
      out.write(ascii("$" + word.length + "\r\n"));
      out.write(word);
      out.write(END);
    }
  }

  /** Sends what is buffered. */
  void flush() throws IOException {
    out.flush();
  }

  /** Waits for the first byte of what comes next; false if there is none within that time. */
  boolean awaitInput(int waitMs) throws IOException {
    if (in.hasBuffered()) {
      return true;
    }
    int usual = socket.getSoTimeout();
    socket.setSoTimeout(waitMs);
    try {
      if (!in.fill()) {
        throw new IOException("the connection was closed");
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } finally {
      if (!socket.isClosed()) {
        socket.setSoTimeout(usual);
      }
    }
  }

  /** What the server sends, for those who read it themselves. */
  RespInput input() {
    return in;
  }

  /**
   * The next reply: a String for a simple one, a Long, an array of bytes, a List, an {@link
   * ErrorReply} (which is not thrown), or null.
   */
  @Nullable Object receive() throws IOException {
    return receive(0);
  }

  private @Nullable Object receive(int depth) throws IOException {
    String line = in.line();
    if (line.isEmpty()) {
      throw new IOException("malformed reply");
    }
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> rest;
      case '-' -> new ErrorReply(rest);
      case ':' -> number(rest, Long.MAX_VALUE);
      case '$' -> {
        int length = (int) number(rest, MAX_REPLY_BYTES);
        yield length < 0 ? null : in.bulk(length);
      }
      case '*' -> {
        int count = (int) number(rest, depth < MAX_DEPTH ? MAX_ELEMENTS : 0);
        yield count < 0 ? null : elements(count, depth);
      }
      default -> throw new IOException("unexpected reply '" + line + "'");
    };
  }

  private List<@Nullable Object> elements(int count, int depth) throws IOException {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      elements.add(receive(depth + 1));
    }
    return elements;
  }

  /** A number in a line; a larger one than that is refused. */
  static long number(String digits, long greatest) throws IOException {
    long number;
    try {
      number = Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new RespInput.MalformedException("malformed reply: '" + digits + "' is no number");
    }
    if (number > greatest) {
      throw new RespInput.MalformedException("a reply of " + number + " bytes or elements");
    }
    return number;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    try {
      // First, because that of TLS waits for whoever is blocked in writing.
      plain.close();
      socket.close();
    } catch (IOException e) {
      // The question was answered; a socket that fails to close is closed by the end of the
      // process.
    }
  }
}
