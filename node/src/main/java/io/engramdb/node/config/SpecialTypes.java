package io.engramdb.node.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Types of single parameters, with the error texts that Redis gives for them. */
final class SpecialTypes {

  private SpecialTypes() {}

  /** Pairs of seconds and changes, or nothing. */
  static ParameterType save() {
    return new SeveralWords("pairs of seconds and changes") {
      @Override
      public String canonical(String value) throws ConfigException {
        String[] words = words(value);
        if (words.length % 2 != 0) {
          throw new ConfigException("Invalid save parameters");
        }
        for (int i = 0; i < words.length; i++) {
          if (!words[i].matches("[0-9]{1,9}") || i % 2 == 0 && Long.parseLong(words[i]) < 1) {
            throw new ConfigException("Invalid save parameters");
          }
        }
        return String.join(" ", words);
      }

      @Override
      public String merge(String current, String added) {
        return current.isEmpty() || added.isEmpty() ? added : current + ' ' + added;
      }
    };
  }

  /** How a signal ends the server: words of SHUTDOWN, in any order. */
  static ParameterType shutdownWays() {
    return new SeveralWords("default, or words of save, nosave, now, force") {
      private static final List<String> WAYS = List.of("default", "save", "nosave", "now", "force");

      @Override
      public String canonical(String value) throws ConfigException {
        List<String> named = List.of(words(value.toLowerCase(Locale.ROOT)));
        if (named.isEmpty() || !WAYS.containsAll(named)) {
          throw new ConfigException(
              "argument(s) must be one of the following: " + String.join(", ", WAYS));
        }
        List<String> ordered = WAYS.stream().filter(named::contains).toList();
        boolean nothing = ordered.equals(List.of("default"));
        return nothing ? "default" : String.join(" ", ordered).replaceFirst("^default ", "");
      }
    };
  }

  /** Classes of keyspace events; {@code A} stands for all that a wildcard subscriber wants. */
  static ParameterType keyspaceEvents() {
    return new ParameterType() {
      private static final String OF_ALL = "g$lshzxetd";

      @Override
      public String canonical(String value) throws ConfigException {
        for (char letter : value.toCharArray()) {
          if ("Ag$lshzxeKEtmdn".indexOf(letter) < 0) {
            throw new ConfigException("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
          }
        }
        boolean all = value.indexOf('A') >= 0 || holdsAll(value);
        StringBuilder flags = new StringBuilder(all ? "A" : "");
        for (char letter : (all ? "KEmn" : OF_ALL + "KEmn").toCharArray()) {
          if (value.indexOf(letter) >= 0) {
            flags.append(letter);
          }
        }
        return flags.toString();
      }

      private boolean holdsAll(String value) {
        return OF_ALL.chars().allMatch(letter -> value.indexOf(letter) >= 0);
      }

      @Override
      public String describe() {
        return "letters of Ag$lshzxeKEtmdn";
      }
    };
  }

  /** Groups of class, hard limit, soft limit, soft seconds; a class that is not named stays. */
  static ParameterType outputBufferLimits() {
    return new SeveralWords("groups of class (normal, replica, pubsub), hard, soft, seconds") {
      private static final String FORM = "Wrong number of arguments in buffer limit configuration.";
      private static final String CLASSES = "Invalid client class specified in buffer limit";
      private static final String NUMBERS =
          "Error in hard, soft or soft_seconds setting in buffer limit configuration.";

      @Override
      public String canonical(String value) throws ConfigException {
        Map<String, String> limits = new TreeMap<>();
        limits.put("normal", "0 0 0");
        limits.put("slave", "268435456 67108864 60");
        limits.put("pubsub", "33554432 8388608 60");
        return render(parse(value, limits));
      }

      private String render(Map<String, String> limits) {
        List<String> groups = new ArrayList<>();
        for (String name : List.of("normal", "slave", "pubsub")) {
          groups.add(name + ' ' + limits.get(name));
        }
        return String.join(" ", groups);
      }

      private Map<String, String> parse(String value, Map<String, String> limits)
          throws ConfigException {
        String[] words = words(value);
        if (words.length % 4 != 0) {
          throw new ConfigException(FORM);
        }
        for (int i = 0; i < words.length; i += 4) {
          String name = words[i].toLowerCase(Locale.ROOT);
          name = name.equals("replica") ? "slave" : name;
          if (!limits.containsKey(name)) {
            throw new ConfigException(CLASSES + " configuration.");
          }
          limits.put(name, limit(words, i));
        }
        return limits;
      }

      private String limit(String[] words, int at) throws ConfigException {
        ParameterType bytes = ParameterType.memory(0, Long.MAX_VALUE);
        try {
          String hard = bytes.canonical(words[at + 1]);
          String soft = bytes.canonical(words[at + 2]);
          int seconds = Integer.parseInt(words[at + 3]);
          if (seconds >= 0) {
            return hard + ' ' + soft + ' ' + seconds;
          }
        } catch (ConfigException | NumberFormatException wrong) {
          // Falls to the one error below.
        }
        throw new ConfigException(NUMBERS);
      }

      @Override
      public String merge(String current, String added) {
        return current + ' ' + added;
      }

      @Override
      public boolean setMerges() {
        return true;
      }
    };
  }

  /** Percentiles from 0 to 100. */
  static ParameterType percentiles(String name) {
    return new SeveralWords("percentiles from 0 to 100") {
      @Override
      public String canonical(String value) throws ConfigException {
        List<String> percentiles = new ArrayList<>();
        for (String word : words(value)) {
          if (!word.matches("[0-9]{1,3}(\\.[0-9]{1,6})?") || Double.parseDouble(word) > 100) {
            throw new ConfigException(name + " parameters should sit between [0.0,100.0]");
          }
          BigDecimal number = new BigDecimal(word).stripTrailingZeros();
          percentiles.add(number.signum() == 0 ? "0" : number.toPlainString());
        }
        return String.join(" ", percentiles);
      }
    };
  }

  /** Three scores for the kernel's out-of-memory killer. */
  static ParameterType oomScores() {
    return new SeveralWords("three integers from -2000 to 2000") {
      @Override
      public String canonical(String value) throws ConfigException {
        String[] words = words(value);
        if (words.length != 3) {
          throw new ConfigException("wrong number of arguments");
        }
        ParameterType score = ParameterType.integer(-2000, 2000);
        for (String word : words) {
          try {
            score.canonical(word);
          } catch (ConfigException wrong) {
            throw new ConfigException(
                "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
          }
        }
        return String.join(" ", words);
      }
    };
  }

  /** Addresses to listen on; a minus in front means: go on without it if it is not there. */
  static ParameterType addresses() {
    return new SeveralWords("addresses, * for all") {
      private static final int MAX_ADDRESSES = 16;

      @Override
      public String canonical(String value) throws ConfigException {
        String[] words = words(value);
        if (words.length > MAX_ADDRESSES) {
          throw new ConfigException("Too many bind addresses specified.");
        }
        return String.join(" ", words);
      }
    };
  }

  /** Members of a shard, separated by semicolons; see {@link MemberSetting}. */
  static ParameterType members() {
    return new SeveralWords("members: name and key=value settings, separated by ;") {
      @Override
      public String canonical(String value) throws ConfigException {
        List<String> texts = new ArrayList<>();
        for (MemberSetting member : MemberSetting.parseAll(value)) {
          texts.add(member.toString());
        }
        return String.join("; ", texts);
      }

      @Override
      public String merge(String current, String added) {
        return current.isEmpty() ? added : current + "; " + added;
      }

      @Override
      public List<String> fileLines(String canonical) {
        return canonical.isEmpty() ? List.of() : List.of(canonical.split("; "));
      }
    };
  }

  /** Users, one a line: a name and rules. What the rules mean is not checked here. */
  static ParameterType users() {
    return new SeveralWords("a name and rules, one line for each user") {
      @Override
      public String canonical(String value) {
        return value.strip();
      }

      @Override
      public String merge(String current, String added) {
        return current.isEmpty() ? added : current + '\n' + added;
      }

      @Override
      public List<String> fileLines(String canonical) {
        return canonical.isEmpty() ? List.of() : List.of(canonical.split("\n"));
      }
    };
  }

  /** A type whose values are words. */
  private abstract static class SeveralWords implements ParameterType {
    private final String description;

    SeveralWords(String description) {
      this.description = description;
    }

    static String[] words(String value) {
      String stripped = value.strip();
      return stripped.isEmpty() ? new String[0] : stripped.split("\\s+");
    }

    @Override
    public String describe() {
      return description;
    }

    @Override
    public boolean severalWords() {
      return true;
    }
  }
}
