package io.engramdb.node.config;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file in the grammar of redis.conf: one directive a line, {@code #} begins a
 * comment line, {@code include PATH} reads another file in place (relative to the directory of the
 * file that names it).
 */
public final class ConfigFile {

  /** Files that may include one another in a row. */
  private static final int MAX_INCLUDE_DEPTH = 16;

  private static final String GENERATED = "# Written by CONFIG REWRITE";

  private ConfigFile() {}

  /**
   * A directive as it stands in a file.
   *
   * @param value the words behind the name, quotes resolved, one blank between them
   */
  public record Directive(Path file, int lineNumber, String name, String value) {
    /** Where it stands, for messages. */
    public String place() {
      return file + ":" + lineNumber;
    }
  }

  // --- reading

  /**
   * The directives of a file and of those that it includes, in order.
   *
   * @throws ConfigException with place and reason if one can't be read
   */
  public static List<Directive> read(Path file) throws ConfigException {
    List<Directive> directives = new ArrayList<>();
    read(file, directives, 0);
    return directives;
  }

  private static void read(Path file, List<Directive> directives, int depth)
      throws ConfigException {
    if (depth > MAX_INCLUDE_DEPTH) {
      throw new ConfigException(file + ": more than " + MAX_INCLUDE_DEPTH + " nested includes");
    }
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      Directive directive = parse(file, i + 1, lines.get(i));
      if (directive == null) {
        continue;
      }
      if (directive.name.equals("include")) {
        read(file.resolveSibling(directive.value), directives, depth + 1);
      } else {
        directives.add(directive);
      }
    }
  }

  private static List<String> lines(Path file) throws ConfigException {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (MalformedInputException wrong) {
      throw new ConfigException(file + ": not UTF-8 text");
    } catch (IOException failed) {
      throw new ConfigException(file + ": can't be read: " + reason(failed));
    }
  }

  private static @Nullable Directive parse(Path file, int lineNumber, String line)
      throws ConfigException {
    String stripped = line.strip();
    if (stripped.isEmpty() || stripped.startsWith("#")) {
      return null;
    }
    List<String> words = ConfigWords.split(stripped);
    if (words == null) {
      throw new ConfigException(
          file + ":" + lineNumber + ": Unbalanced quotes in configuration line");
    }
    // "save" alone switches off what it would otherwise set; nothing else may stand alone.
    if (words.size() < 2 && !stripped.equalsIgnoreCase("save")) {
      throw new ConfigException(
          file + ":" + lineNumber + ": Bad directive or wrong number of arguments");
    }
    String name = words.getFirst().toLowerCase(Locale.ROOT);
    return new Directive(file, lineNumber, name, String.join(" ", words.subList(1, words.size())));
  }

  // --- writing

  /**
   * Writes the values that CONFIG SET has changed into the file that they were read from. Comments,
   * order and all other lines stay; a parameter that the file does not name yet is added at the
   * end. The old file is replaced in one step, so a crash leaves the old or the new one.
   *
   * @throws ConfigException if there is no file or it can't be written; it is unchanged then
   */
  public static void rewrite(Configuration configuration) throws ConfigException {
    rewrite(configuration, configuration::changedAtRunTime);
  }

  /**
   * As {@link #rewrite(Configuration)}, but writes the value of every parameter, wherever it is
   * from.
   */
  public static void rewriteAll(Configuration configuration) throws ConfigException {
    rewrite(configuration, parameter -> true);
  }

  private static void rewrite(Configuration configuration, Predicate<Parameter> chosen)
      throws ConfigException {
    Path file = configuration.file();
    if (file == null) {
      throw new ConfigException("The server is running without a config file");
    }
    List<String> lines = new ArrayList<>();
    Set<Parameter> written = new HashSet<>();
    List<String> present = Files.exists(file) ? lines(file) : List.of();
    for (int i = 0; i < present.size(); i++) {
      Directive directive = parse(file, i + 1, present.get(i));
      Parameter parameter = directive == null ? null : configuration.table().find(directive.name);
      if (parameter == null || !chosen.test(parameter)) {
        lines.add(present.get(i));
      } else if (written.add(parameter)) {
        lines.addAll(linesOf(configuration, parameter));
      }
    }
    addMissing(configuration, chosen, written, lines);
    replace(file, String.join("\n", lines) + "\n");
  }

  private static void addMissing(
      Configuration configuration,
      Predicate<Parameter> chosen,
      Set<Parameter> written,
      List<String> lines) {
    Map<Parameter, List<String>> missing = new LinkedHashMap<>();
    for (Parameter parameter : configuration.table().rows()) {
      if (chosen.test(parameter) && !written.contains(parameter)) {
        missing.put(parameter, linesOf(configuration, parameter));
      }
    }
    if (!missing.isEmpty() && !lines.contains(GENERATED)) {
      lines.add(GENERATED);
    }
    missing.values().forEach(lines::addAll);
  }

  private static List<String> linesOf(Configuration configuration, Parameter parameter) {
    List<String> lines = new ArrayList<>();
    for (String value : parameter.type().fileLines(configuration.value(parameter))) {
      lines.add(parameter.name() + ' ' + value);
    }
    return lines;
  }

  private static void replace(Path file, String content) throws ConfigException {
    Path directory = file.toAbsolutePath().getParent();
    Path temporary = null;
    try {
      Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      if (Files.exists(target) && !Files.isWritable(target)) {
        throw new AccessDeniedException(target.toString());
      }
      directory = target.getParent();
      temporary = Files.createTempFile(directory, target.getFileName().toString(), ".tmp");
      copyPermissions(target, temporary);
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.write(StandardCharsets.UTF_8.encode(content));
        channel.force(true);
      }
      move(temporary, target);
      try (FileChannel channel = FileChannel.open(directory)) {
        channel.force(true);
      }
    } catch (IOException failed) {
      deleteQuietly(temporary);
      throw new ConfigException("Rewriting config file: " + reason(failed));
    }
  }

  private static void move(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException unsupported) {
      throw new IOException("the file system can't replace a file in one step", unsupported);
    }
  }

  private static void copyPermissions(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (view != null && Files.exists(from)) {
      view.setPermissions(Files.getPosixFilePermissions(from));
    }
  }

  private static void deleteQuietly(@Nullable Path temporary) {
    if (temporary != null) {
      // Left behind at worst; the failure that led here is what the user must hear of.
      boolean ignored = temporary.toFile().delete();
    }
  }

  private static String reason(IOException failed) {
    return switch (failed) {
      case NoSuchFileException none -> "No such file or directory";
      case AccessDeniedException denied -> "Permission denied";
      default -> String.valueOf(failed.getMessage());
    };
  }
}
