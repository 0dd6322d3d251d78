package io.engramdb.node.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server as any client would: one request, one reply, RESP2. Knows as much of the protocol
 * as the questions of this package need: simple strings, errors, integers and bulk strings.
 */
final class RespClient implements AutoCloseable {
  /** A reply that is longer is not one of those that we ask for. */
  private static final int MAX_REPLY_BYTES = 4 << 20;

  private final Socket socket;
  private final InputStream in;

  private RespClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
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
    Socket plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(member.host(), member.port()), timeoutMs);
      plain.setSoTimeout(timeoutMs);
      RespClient client =
          new RespClient(authority == null ? plain : secure(plain, member, authority));
      String password = settings.password();
      String user = settings.user();
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

  private static Socket secure(Socket plain, ClusterMember member, Path authority)
      throws IOException {
    try (InputStream file = Files.newInputStream(authority)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      SSLSocket secured =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, member.host(), member.port(), true);
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      return secured;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS with " + authority + ": " + e.getMessage(), e);
    }
  }

  /**
   * Sends one command and gives the text of the reply; null for a nil.
   *
   * @throws ErrorReply if the server refuses
   */
  @Nullable String call(String... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(ascii("*" + words.length + "\r\n"));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      request.writeBytes(ascii("$" + bytes.length + "\r\n"));
      request.writeBytes(bytes);
      request.writeBytes(ascii("\r\n"));
    }
    socket.getOutputStream().write(request.toByteArray());
    socket.getOutputStream().flush();
    return reply();
  }

  private @Nullable String reply() throws IOException {
    String line = line();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+', ':' -> rest;
      case '-' -> throw new ErrorReply(rest);
      case '$' -> bulk(rest);
      default -> throw new IOException("unexpected reply '" + line + "'");
    };
  }

  private @Nullable String bulk(String digits) throws IOException {
    int length = Integer.parseInt(digits);
    if (length < 0) {
      return null;
    }
    if (length > MAX_REPLY_BYTES) {
      throw new IOException("reply of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length || in.read() != '\r' || in.read() != '\n') {
      throw new IOException("the connection was closed");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0 || line.length() > MAX_REPLY_BYTES) {
        throw new IOException("the connection was closed");
      }
      line.append((char) c);
    }
    if (in.read() != '\n' || line.isEmpty()) {
      throw new IOException("malformed reply");
    }
    return line.toString();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // The question was answered; a socket that fails to close is closed by the end of the
      // process.
    }
  }
}
