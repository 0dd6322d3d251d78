package io.engramdb.node.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of users as Redis keeps it: {@code user NAME rule …}, one a line. A file is taken as a
 * whole or not at all.
 */
public final class AclFile {

  private static final Logger LOG = LoggerFactory.getLogger(AclFile.class);

  private AclFile() {}

  /** A file that can't be read or is not understood; the message says why. */
  public static final class BadFileException extends Exception {
    private static final long serialVersionUID = 1L;

    BadFileException(String message) {
      super(message);
    }
  }

  /**
   * Reads all users.
   *
   * @throws BadFileException with everything that is wrong with the file
   */
  public static List<User> read(Path file, AclRules rules) throws BadFileException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      LOG.warn("the ACL file can't be read", e);
      throw new BadFileException(
          "Error loading ACLs, opening file '" + file + "': No such file or directory");
    }
    Map<String, User> users = new HashMap<>();
    List<User> inOrder = new ArrayList<>();
    StringBuilder errors = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      try {
        User user = parse(line, rules);
        if (users.put(user.name(), user) != null) {
          errors.append("WARNING: Duplicate user '").append(user.name());
          errors.append("' found on line ").append(i + 1).append(". ");
        }
        inOrder.add(user);
      } catch (BadFileException e) {
        errors.append(file).append(':').append(i + 1).append(' ');
        errors.append(e.getMessage()).append(". ");
      } catch (RuleException e) {
        // The rule is not repeated: it may be a mistyped password.
        errors.append(file).append(':').append(i + 1).append(": ");
        errors.append(e.getMessage()).append(". ");
      }
    }
    if (!errors.isEmpty()) {
      throw new BadFileException(
          errors
              + "WARNING: ACL errors detected, no change to the previously active ACL rules was"
              + " performed");
    }
    return inOrder;
  }

  private static User parse(String line, AclRules rules) throws BadFileException, RuleException {
    String[] words = line.split("[ \\t]+");
    if (!words[0].equals("user") || words.length < 2) {
      throw new BadFileException("should start with user keyword followed by the username");
    }
    List<String> rest = Arrays.asList(words).subList(2, words.length);
    return rules.apply(rules.fresh(words[1]), AclRules.merge(rest));
  }

  /**
   * Writes all users; the file is exchanged as a whole.
   *
   * @throws IOException if that is not possible; the file is then as it was
   */
  public static void write(Path file, Collection<User> users) throws IOException {
    List<String> lines = new ArrayList<>();
    users.forEach(user -> lines.add("user " + user.name() + ' ' + user.rules()));
    Path parent = file.toAbsolutePath().getParent();
    Path written = Files.createTempFile(parent, file.getFileName().toString(), ".tmp");
    try {
      Files.write(written, lines, StandardCharsets.ISO_8859_1);
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(written);
    }
  }
}
