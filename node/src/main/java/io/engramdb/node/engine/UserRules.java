package io.engramdb.node.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The users that the log knows: for each name its rules in the form of an ACL file, passwords as
 * hashes. Texts only; {@code security} knows what they mean.
 *
 * <p>Changed when a record is committed and never before, on the primary as on replicas, so this is
 * always the state of a prefix of the log. Who saves a snapshot of index S on a primary must read
 * it once S is committed; a later state does no harm, because each effect carries the whole user.
 * Texts hold bytes as characters (ISO 8859-1). Shard thread only.
 */
public final class UserRules {

  /** Hears of each user that may have changed. */
  @FunctionalInterface
  public interface Listener {
    /**
     * The log says something new of a user.
     *
     * @param rules null if it says nothing of that name; empty if it says that there is none
     */
    void changed(String name, @Nullable String rules);
  }

  private final TreeMap<String, String> byName = new TreeMap<>();

  /** On a primary: what is recorded and not committed, the newest for each name. */
  private final Map<String, String> proposed = new HashMap<>();

  private Listener listener = (name, rules) -> {};

  /** Who hears of changes from now on; it is told of everything that is there already. */
  public void listen(Listener newListener) {
    listener = newListener;
    byName.forEach(listener::changed);
  }

  /**
   * A user has these rules from now on.
   *
   * @param rules empty: there is no such user, whatever the configuration says
   */
  public void put(String name, String rules) {
    byName.put(name, rules);
    listener.changed(name, rules);
  }

  /** The log says nothing of that name any more. */
  public void remove(String name) {
    if (byName.remove(name) != null) {
      listener.changed(name, null);
    }
  }

  /** A primary has recorded these rules; empty for none. They hold when they are committed. */
  public void propose(String name, String rules) {
    proposed.put(name, rules);
  }

  /** What was proposed last for that name and is not committed; null if nothing is. */
  public @Nullable String proposed(String name) {
    return proposed.get(name);
  }

  /** Names with a proposal that is not committed. */
  public List<String> proposedNames() {
    return List.copyOf(proposed.keySet());
  }

  /** The record of a proposal is committed; the change itself follows. */
  public void settled(String name, String rules) {
    proposed.remove(name, rules);
  }

  /** One line for each user: its name, and its rules behind a blank; a name alone is no user. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>(byName.size());
    byName.forEach((name, rules) -> lines.add(rules.isEmpty() ? name : name + ' ' + rules));
    return lines;
  }

  /** Takes over what {@link #lines} has written; everything that is here is forgotten. */
  public void load(List<String> lines) {
    UserRules loaded = new UserRules();
    for (String line : lines) {
      int end = line.indexOf(' ');
      loaded.put(end < 0 ? line : line.substring(0, end), end < 0 ? "" : line.substring(end + 1));
    }
    takeOver(loaded);
  }

  /** Takes over all users of another shard's memory. */
  void takeOver(UserRules other) {
    // Proposals went with the memory that was thrown away.
    proposed.clear();
    for (String name : List.copyOf(byName.keySet())) {
      if (!other.byName.containsKey(name)) {
        remove(name);
      }
    }
    for (Map.Entry<String, String> entry : other.byName.entrySet()) {
      if (!entry.getValue().equals(byName.get(entry.getKey()))) {
        put(entry.getKey(), entry.getValue());
      }
    }
  }
}
