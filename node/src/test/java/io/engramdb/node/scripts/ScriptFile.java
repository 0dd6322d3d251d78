package io.engramdb.node.scripts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One script, line by line.
 *
 * <pre>
 * # a comment
 * ## title of a block; each block starts with no data       [local] in it: not asked of redis-server
 * at 1000000          the clock, Unix milliseconds; +500 lets that time pass
 * database 1          the database of the commands that follow, 0 at first
 * config NAME VALUE   a configuration parameter, for this block
 * cycle               the shard's periodic work runs
 * > SET k v EX 10     a request; x*100 stands for a word of a hundred letters
 * +OK                 its reply under RESP3, see {@link Reply}; * for any;
 *                     "sorted" in front: the order of elements does not matter
 * resp2 "text"        its reply under RESP2, where that does not follow from the line before
 * effects             what it logs, one command a line, "[1]" in front for another database;
 * SET k v PXAT 1010000
 * effects none
 * </pre>
 */
final class ScriptFile {

  private static final String SORTED = "sorted ";

  /** Where the clock of a block starts unless it says otherwise: 2100-01-01. */
  static final long DEFAULT_CLOCK_MS = 4_102_444_800_000L;

  /** A line of the script that does something. */
  sealed interface Step permits Directive, Request {}

  /** A line that is no request. */
  record Directive(int line, String verb, List<String> words) implements Step {}

  /** A request with what is expected. */
  static final class Request implements Step {
    final int line;
    final List<String> words;
    String expected = "";
    @Nullable String expectedInResp2;
    @Nullable List<String> effects;

    Request(int line, List<String> words) {
      this.line = line;
      this.words = words;
    }

    boolean isSorted() {
      return expected.startsWith(SORTED);
    }

    boolean expectsAnything() {
      return expected.equals("*");
    }

    /** Whether a reply is what is expected under that protocol. */
    boolean accepts(Reply reply, int protocol) {
      return expectsAnything() || normal(reply).equals(expectedText(protocol));
    }

    /** A reply as it is compared. */
    String normal(Reply reply) {
      return (isSorted() ? reply.sorted() : reply).toString();
    }

    String expectedText(int protocol) {
      String inResp2 = expectedInResp2;
      if (protocol == 2 && inResp2 != null) {
        return inResp2;
      }
      String text = isSorted() ? expected.substring(SORTED.length()) : expected;
      Reply reply = Reply.ofNotation(text);
      return normal(protocol == 2 ? reply.inResp2() : reply);
    }
  }

  /** Steps that start with no data. */
  record Block(String title, List<Step> steps) {
    boolean isLocal() {
      return title.contains("[local]");
    }
  }

  final Path path;
  final List<String> lines;
  final List<Block> blocks = new ArrayList<>();

  private ScriptFile(Path path, List<String> lines) {
    this.path = path;
    this.lines = lines;
  }

  static ScriptFile read(Path path) throws IOException {
    List<String> lines = Files.readAllLines(path, StandardCharsets.ISO_8859_1);
    ScriptFile file = new ScriptFile(path, lines);
    file.parse();
    return file;
  }

  private void parse() {
    Block block = new Block("start", new ArrayList<>());
    blocks.add(block);
    Request request = null;
    boolean inEffects = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      String verb = line.contains(" ") ? line.substring(0, line.indexOf(' ')) : line;
      boolean ends = line.isEmpty() || line.startsWith("#") || isDirective(verb);
      if (ends || line.startsWith("> ")) {
        inEffects = false;
      }
      if (line.startsWith("##")) {
        block = new Block(line.substring(2).strip(), new ArrayList<>());
        blocks.add(block);
      } else if (isDirective(verb)) {
        List<String> words = Words.split(line);
        block.steps().add(new Directive(i + 1, verb, words.subList(1, words.size())));
      } else if (line.startsWith("> ")) {
        request = new Request(i + 1, Words.split(line.substring(2)));
        block.steps().add(request);
      } else if (!ends) {
        if (request == null) {
          throw new IllegalArgumentException(path + ":" + (i + 1) + ": no request yet");
        }
        inEffects = expectation(request, line, inEffects);
      }
    }
    blocks.removeIf(empty -> empty.steps().isEmpty());
  }

  private static boolean isDirective(String verb) {
    return switch (verb) {
      case "at", "database", "config", "cycle" -> true;
      default -> false;
    };
  }

  /** Takes a line behind a request; returns whether effects follow. */
  private static boolean expectation(Request request, String line, boolean inEffects) {
    if (line.equals("effects none")) {
      request.effects = new ArrayList<>();
      return false;
    }
    if (line.equals("effects")) {
      request.effects = new ArrayList<>();
      return true;
    }
    List<String> effects = request.effects;
    if (inEffects && effects != null) {
      effects.add(line);
      return true;
    }
    if (line.startsWith("resp2 ")) {
      request.expectedInResp2 = line.substring(6);
    } else {
      request.expected = line;
    }
    return false;
  }
}
