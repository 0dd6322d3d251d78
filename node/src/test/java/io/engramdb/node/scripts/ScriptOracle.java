package io.engramdb.node.scripts;

import io.engramdb.node.scripts.ScriptFile.Block;
import io.engramdb.node.scripts.ScriptFile.Directive;
import io.engramdb.node.scripts.ScriptFile.Request;
import io.engramdb.node.scripts.ScriptFile.Step;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Asks a redis-server on this machine the requests of a script and collects where its replies
 * differ from what the script expects, or puts its replies into the script. Flushes that server.
 *
 * <p>Used by {@link CommandScriptTest} with {@code -Doracle=PORT}. Blocks marked [local] are left
 * out: they depend on a clock that can be set, or on what this product does otherwise on purpose.
 */
final class ScriptOracle {

  private final Connection resp2;
  private final Connection resp3;
  private final List<String> differences = new ArrayList<>();

  ScriptOracle(int port) throws IOException {
    resp2 = new Connection(port);
    resp3 = new Connection(port);
    resp3.ask(List.of("HELLO", "3"));
  }

  /** What redis-server says otherwise. */
  List<String> differences() {
    return differences;
  }

  /** Asks everything in one script. */
  void compare(ScriptFile file, boolean rewrite) throws IOException {
    Map<Integer, List<String>> replacements = new TreeMap<>();
    for (Block block : file.blocks) {
      if (block.isLocal()) {
        continue;
      }
      // Once for each protocol, because the requests change the data.
      List<Reply> inResp3 = run(block, resp3);
      List<Reply> inResp2 = run(block, resp2);
      int asked = 0;
      for (Step step : block.steps()) {
        if (step instanceof Request request) {
          Reply third = inResp3.get(asked);
          Reply second = inResp2.get(asked);
          asked++;
          if (rewrite) {
            replacements.put(request.line, replies(request, third, second));
          } else {
            report(file, request, third, 3);
            report(file, request, second, 2);
          }
        }
      }
    }
    if (rewrite) {
      rewrite(file, replacements);
    }
  }

  private static List<Reply> run(Block block, Connection connection) throws IOException {
    List<Reply> replies = new ArrayList<>();
    List<String> changed = new ArrayList<>();
    connection.ask(List.of("FLUSHALL"));
    connection.ask(List.of("SELECT", "0"));
    for (Step step : block.steps()) {
      switch (step) {
        case Request request -> replies.add(connection.ask(request.words));
        case Directive directive -> {
          List<String> words = directive.words();
          if (directive.verb().equals("database")) {
            connection.ask(List.of("SELECT", words.get(0)));
          } else if (directive.verb().equals("config")) {
            Reply old = connection.ask(List.of("CONFIG", "GET", words.get(0)));
            changed.add(words.get(0));
            changed.add(old.elements().get(1).text());
            connection.ask(List.of("CONFIG", "SET", words.get(0), words.get(1)));
          }
        }
      }
    }
    for (int i = 0; i < changed.size(); i += 2) {
      connection.ask(List.of("CONFIG", "SET", changed.get(i), changed.get(i + 1)));
    }
    return replies;
  }

  private void report(ScriptFile file, Request request, Reply reply, int protocol) {
    if (!request.accepts(reply, protocol)) {
      differences.add(
          String.format(
              "%s:%d: %s RESP%d expected %s but redis says %s",
              file.path,
              request.line,
              Words.join(request.words),
              protocol,
              request.expectedText(protocol),
              request.normal(reply)));
    }
  }

  private static List<String> replies(Request request, Reply third, Reply second) {
    if (request.expectsAnything()) {
      return List.of(request.expected);
    }
    String sorted = request.isSorted() ? "sorted " : "";
    String text = request.normal(third);
    List<String> lines = new ArrayList<>(List.of(sorted + text));
    if (!request.normal(third.inResp2()).equals(request.normal(second))) {
      lines.add("resp2 " + request.normal(second));
    }
    return lines;
  }

  private static void rewrite(ScriptFile file, Map<Integer, List<String>> replacements)
      throws IOException {
    List<String> out = new ArrayList<>();
    boolean dropping = false;
    for (int i = 0; i < file.lines.size(); i++) {
      String line = file.lines.get(i);
      List<String> replacement = replacements.get(i + 1);
      if (replacement != null) {
        out.add(line);
        out.addAll(replacement);
        dropping = true;
        continue;
      }
      String text = line.strip();
      boolean reply =
          !text.isEmpty()
              && !text.startsWith("effects")
              && !text.startsWith("#")
              && !text.startsWith("> ");
      dropping = dropping && reply && !isDirectiveLine(text);
      if (!dropping) {
        out.add(line);
      }
    }
    Files.write(file.path, out, StandardCharsets.ISO_8859_1);
  }

  private static boolean isDirectiveLine(String text) {
    return text.matches("(at|database|config|cycle)( .*)?");
  }

  /** A connection that asks and waits. */
  private static final class Connection {
    private final Socket socket;
    private final InputStream in;

    Connection(int port) throws IOException {
      socket = new Socket("127.0.0.1", port);
      in = new BufferedInputStream(socket.getInputStream());
    }

    Reply ask(List<String> words) throws IOException {
      StringBuilder request = new StringBuilder("*" + words.size() + "\r\n");
      for (String word : words) {
        request.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
      socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
      StringBuilder resp = new StringBuilder();
      readReply(resp);
      return Reply.ofResp(resp.toString());
    }

    /** Copies the bytes of one reply. */
    private void readReply(StringBuilder resp) throws IOException {
      String line = readLine();
      resp.append(line).append("\r\n");
      char type = line.charAt(0);
      if (type == '$' || type == '=') {
        int length = Integer.parseInt(line.substring(1));
        for (int i = 0; i < (length < 0 ? 0 : length + 2); i++) {
          resp.append((char) in.read());
        }
      } else if ("*~>%".indexOf(type) >= 0) {
        int count = Integer.parseInt(line.substring(1)) * (type == '%' ? 2 : 1);
        for (int i = 0; i < count; i++) {
          readReply(resp);
        }
      }
    }

    private String readLine() throws IOException {
      StringBuilder line = new StringBuilder();
      int b = in.read();
      while (b != '\n') {
        if (b < 0) {
          throw new IOException("the server closed the connection");
        }
        if (b != '\r') {
          line.append((char) b);
        }
        b = in.read();
      }
      return line.toString();
    }
  }
}
