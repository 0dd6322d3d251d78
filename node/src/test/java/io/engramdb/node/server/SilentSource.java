package io.engramdb.node.server;

import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbWriter;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A source without keys that says it has more than it sends, so nobody ever catches up. */
final class SilentSource implements AutoCloseable {
  private static final String ID = "0123456789".repeat(4);
  private static final int OFFSET = 1000;

  private final ServerSocket listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String saidId = ID;

  SilentSource() throws IOException {
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** The commands on clients that it was sent. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  /** From here on it tells another history than its stream has. */
  void restart() {
    saidId = "abcdefabcd".repeat(4);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      // It was closed.
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
      OutputStream out = client.getOutputStream();
      while (true) {
        out.write(reply(request(in)));
      }
    } catch (IOException gone) {
      // The import has ended.
    }
  }

  private byte[] reply(String request) throws IOException {
    return switch (request.split(" ")[0]) {
      case "PSYNC" -> snapshot();
      case "INFO" -> {
        String facts =
            "role:master\r\nmaster_replid:" + saidId + "\r\nmaster_repl_offset:" + OFFSET;
        yield ascii("$" + facts.length() + "\r\n" + facts + "\r\n");
      }
      case "CLIENT" -> {
        asked.add(request);
        yield ascii("+OK\r\n");
      }
      default -> request.startsWith("REPLCONF ACK") ? new byte[0] : ascii("+OK\r\n");
    };
  }

  private static byte[] snapshot() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    RdbWriter writer = new RdbWriter(file, RdbVersion.REDIS_7_0, false);
    writer.header(writer.version());
    writer.end();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(ascii("+FULLRESYNC " + ID + " 0\r\n$" + file.size() + "\r\n"));
    file.writeTo(all);
    return all.toByteArray();
  }

  private static String request(DataInputStream in) throws IOException {
    int count = Integer.parseInt(line(in).substring(1));
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      byte[] word = new byte[Integer.parseInt(line(in).substring(1))];
      in.readFully(word);
      line(in);
      words.append(i == 0 ? "" : " ").append(new String(word, StandardCharsets.ISO_8859_1));
    }
    return words.toString().toUpperCase(Locale.ROOT);
  }

  private static String line(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket each : sockets) {
      each.close();
    }
  }
}
