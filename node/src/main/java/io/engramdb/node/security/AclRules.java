package io.engramdb.node.security;

import io.engramdb.node.command.CommandTable;
import io.engramdb.node.security.User.Payloads;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The language of ACL rules: words that say one after the other what a user is and may do. Grammar,
 * meaning and errors are those of Redis 7.2 ({@code acl.c}). Words hold bytes as characters (ISO
 * 8859-1). Any thread.
 */
public final class AclRules {

  private static final Logger LOG = LoggerFactory.getLogger(AclRules.class);

  private static final String NO_SUCH_PASSWORD =
      "The password you are trying to remove from the user does not exist";
  private static final String BAD_HASH =
      "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
          + " characters";

  private final CommandTable table;
  private final AclSettings settings;

  public AclRules(CommandTable table, AclSettings settings) {
    this.table = table;
    this.settings = settings;
  }

  public CommandTable table() {
    return table;
  }

  /** A user of that name as it is before the first rule. */
  public User fresh(String name) {
    Selector root = new SelectorDraft(table, settings.everyChannel).build();
    return new User(name, false, false, Payloads.UNSAID, List.of(), List.of(root));
  }

  /**
   * The user with these rules applied in order.
   *
   * @param words as {@link #merge} gives them
   * @throws RuleException if one is not understood
   */
  public User apply(User base, List<String> words) throws RuleException {
    Draft draft = new Draft(base);
    for (String word : words) {
      draft.apply(word);
    }
    return draft.build();
  }

  /**
   * The user that a text of rules describes, from nothing.
   *
   * @throws RuleException if one is not understood
   */
  public User parse(String name, String rules) throws RuleException {
    List<String> words = new ArrayList<>();
    for (String word : rules.split("[ \\t]+")) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return apply(fresh(name), merge(words));
  }

  /**
   * As {@link #parse} for rules that were understood when they were logged, by a node whose table
   * may know more: what this one does not know is left out, because it has nothing of that name.
   */
  User parseLogged(String name, String rules) {
    Draft draft = new Draft(fresh(name));
    draft.lenient = true;
    try {
      for (String word : merge(List.of(rules.split(" ")))) {
        draft.apply(word);
      }
    } catch (RuleException e) {
      LOG.error("user {}: {}; nobody can be it here", name, e.getMessage());
      return User.gone(name);
    }
    return draft.build();
  }

  /**
   * Joins the words of selectors, which may stand in several: {@code (+get ~a)}.
   *
   * @throws RuleException if a bracket is not closed
   */
  public static List<String> merge(List<String> words) throws RuleException {
    List<String> merged = new ArrayList<>();
    StringBuilder open = null;
    String begin = "";
    for (String word : words) {
      boolean closes = word.endsWith(")");
      if (open != null) {
        open.append(' ').append(word);
      } else if (word.startsWith("(") && !closes) {
        open = new StringBuilder(word);
        begin = word;
      } else {
        merged.add(word);
      }
      if (open != null && closes) {
        merged.add(open.toString());
        open = null;
      }
    }
    if (open != null) {
      throw new RuleException(
          begin, "Unmatched parenthesis in acl selector starting at '" + begin + "'.");
    }
    return merged;
  }

  /** Whether this can't be a user's name. */
  public static boolean hasBlanks(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0 || c == ' ' || (c >= '\t' && c <= '\r')) {
        return true;
      }
    }
    return false;
  }

  static String withoutBlanks(String rule, int from) throws RuleException {
    String text = rule.substring(from);
    if (hasBlanks(text)) {
      throw syntax(rule);
    }
    return text;
  }

  static RuleException syntax(String rule) {
    return new RuleException(rule, "Syntax error");
  }

  /** A user that rules are applied to. */
  private final class Draft {
    private final String name;
    private boolean enabled;
    private boolean anyPassword;
    private Payloads payloads;
    private final List<PasswordHash> passwords;
    private final List<Selector> others;
    private SelectorDraft root;
    private boolean lenient;

    Draft(User base) {
      name = base.name();
      enabled = base.enabled();
      anyPassword = base.anyPassword();
      payloads = base.payloads();
      passwords = new ArrayList<>(base.passwords());
      root = new SelectorDraft(table, base.selectors().get(0));
      others = new ArrayList<>(base.selectors().subList(1, base.selectors().size()));
    }

    User build() {
      List<Selector> selectors = new ArrayList<>();
      selectors.add(root.build());
      selectors.addAll(others);
      return new User(name, enabled, anyPassword, payloads, passwords, selectors);
    }

    void apply(String rule) throws RuleException {
      switch (rule.toLowerCase(Locale.ROOT)) {
        case "" -> {
          // Means nothing.
        }
        case "on" -> enabled = true;
        case "off" -> enabled = false;
        case "nopass" -> setAnyPassword(true);
        case "resetpass" -> setAnyPassword(false);
        case "skip-sanitize-payload" -> payloads = Payloads.SKIP;
        case "sanitize-payload" -> payloads = Payloads.SANITIZE;
        case "clearselectors" -> others.clear();
        case "reset" -> reset();
        default -> applyOther(rule);
      }
    }

    private void setAnyPassword(boolean any) {
      anyPassword = any;
      passwords.clear();
    }

    private void reset() {
      setAnyPassword(false);
      enabled = false;
      payloads = Payloads.SANITIZE;
      others.clear();
      root = new SelectorDraft(table, settings.everyChannel);
    }

    private void applyOther(String rule) throws RuleException {
      switch (rule.charAt(0)) {
        case '>', '#' -> {
          PasswordHash password = password(rule, rule.charAt(0) == '>');
          if (!passwords.contains(password)) {
            passwords.add(password);
          }
          anyPassword = false;
        }
        case '<', '!' -> {
          if (!passwords.remove(password(rule, rule.charAt(0) == '<'))) {
            throw new RuleException(rule, NO_SUCH_PASSWORD);
          }
        }
        case '(' -> others.add(selector(rule));
        default -> applyTo(root, rule);
      }
    }

    private PasswordHash password(String rule, boolean plain) throws RuleException {
      String text = rule.substring(1);
      PasswordHash hash;
      if (plain) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        hash = PasswordHash.of(bytes, 0, bytes.length);
      } else {
        hash = PasswordHash.parse(text);
      }
      if (hash == null) {
        throw new RuleException(rule, BAD_HASH);
      }
      return hash;
    }

    private Selector selector(String rule) throws RuleException {
      if (!rule.endsWith(")")) {
        throw syntax(rule);
      }
      SelectorDraft draft = new SelectorDraft(table, settings.everyChannel);
      for (String inner : rule.substring(1, rule.length() - 1).strip().split("\\s+")) {
        try {
          if (!inner.isEmpty()) {
            applyTo(draft, inner);
          }
        } catch (RuleException e) {
          throw new RuleException(rule, e.getMessage());
        }
      }
      return draft.build();
    }

    private void applyTo(SelectorDraft draft, String rule) throws RuleException {
      boolean ofCommand = rule.startsWith("+") || rule.startsWith("-");
      try {
        draft.apply(rule);
      } catch (RuleException e) {
        if (!lenient || !ofCommand) {
          throw e;
        }
        LOG.warn("user {}: this node knows nothing of {}", name, rule);
      }
    }
  }
}
