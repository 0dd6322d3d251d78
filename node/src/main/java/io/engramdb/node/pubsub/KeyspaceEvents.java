package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.pubsub.EventRules.Rule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what happens to keys ({@code notify-keyspace-events}), on this node alone.
 *
 * <p>While a command runs, what each of its keys goes through is noted; when it has run, its row in
 * {@link EventRules} says which events that is. Keys that expire or are missed are told of at once.
 * All of it leaves with the record of the run, through the {@link Outbox}. Shard thread only.
 */
final class KeyspaceEvents {

  /** A key of a database. */
  private record Place(int database, Bytes key) {}

  /** What one key went through. */
  private static final class Changes {
    /** Names of events that the command's row does not know of. */
    private final List<String> others = new ArrayList<>(0);

    boolean added;
    boolean existed;
    boolean toldNew;
    boolean gone;
    boolean expirySet;
    boolean expiryCleared;
  }

  /** Publishes to the listeners of this node. */
  interface Publisher {
    void publish(Bytes channel, byte[] payload);
  }

  private final Publisher publisher;
  private final Map<Place, Changes> noted = new LinkedHashMap<>();
  private final Map<CommandSpec, Rule> rules = new IdentityHashMap<>();
  private static final Rule NO_EVENT =
      new Rule(EventRules.Shape.EACH_KEY, EventClass.GENERIC, args -> "");

  private int classes;
  private boolean byKey;

  /** OBJECT runs, which misses keys without telling. */
  private boolean looksOnly;

  private boolean byEvent;

  /** The key that is about to be removed because its time has passed, or for room. */
  private byte @Nullable [] expiring;

  /** The hash that is about to lose fields whose time has passed. */
  private byte @Nullable [] losingFields;

  KeyspaceEvents(Publisher publisher) {
    this.publisher = publisher;
  }

  /** The directive's letters. */
  void configure(String letters) {
    byKey = letters.indexOf('K') >= 0;
    byEvent = letters.indexOf('E') >= 0;
    classes = byKey || byEvent ? EventClass.bits(letters) : 0;
    noted.clear();
  }

  boolean isOn() {
    return classes != 0;
  }

  // --- what keys go through

  void begin(CommandSpec spec) {
    noted.clear();
    CommandSpec outer = spec.container();
    looksOnly = outer != null && outer.name().equals("object");
  }

  private Changes note(int database, byte[] key) {
    return noted.computeIfAbsent(new Place(database, Bytes.wrap(key)), unused -> new Changes());
  }

  void changing(int database, byte[] key) {
    if (losingFields != null && Arrays.equals(losingFields, key)) {
      losingFields = null;
    } else if (expiring == null || !Arrays.equals(expiring, key)) {
      note(database, key);
    }
  }

  void added(int database, byte[] key) {
    Changes changes = note(database, key);
    changes.added = true;
    changes.gone = false;
  }

  void removing(int database, byte[] key) {
    if (expiring != null && Arrays.equals(expiring, key)) {
      expiring = null;
      return;
    }
    Changes changes = note(database, key);
    changes.existed |= !changes.added;
    changes.gone = true;
  }

  void expirySet(int database, byte[] key) {
    note(database, key).expirySet = true;
  }

  void expiryCleared(int database, byte[] key) {
    note(database, key).expiryCleared = true;
  }

  void expired(int database, byte[] key) {
    expiring = key;
    tell(EventClass.EXPIRED, "expired", database, key);
  }

  void fieldsExpired(int database, byte[] key, boolean all) {
    tell(EventClass.HASH, "hexpired", database, key);
    if (all) {
      tell(EventClass.GENERIC, "del", database, key);
      expiring = key;
    } else {
      losingFields = key;
    }
  }

  void evicted(int database, byte[] key) {
    expiring = key;
    tell(EventClass.EVICTED, "evicted", database, key);
  }

  void announced(int database, byte[] buffer, int offset, int length, String event) {
    note(database, Arrays.copyOfRange(buffer, offset, offset + length)).others.add(event);
  }

  void missed(int database, byte[] buffer, int offset, int length) {
    if ((classes & EventClass.MISSED.bit()) != 0 && !looksOnly) {
      byte[] key = Arrays.copyOfRange(buffer, offset, offset + length);
      tell(EventClass.MISSED, "keymiss", database, key);
    }
  }

  // --- what that is called

  void ran(CommandSpec spec, Args args, int database) {
    if (noted.isEmpty()) {
      return;
    }
    Rule rule = rules.computeIfAbsent(spec, KeyspaceEvents::ruleOf);
    if (rule != NO_EVENT) {
      switch (rule.shape()) {
        case PAIRS -> tellPairs(rule, args, database);
        case RENAME -> tellTwo(args, database, "rename_from", "rename_to");
        case MOVE -> tellMove(args, database);
        case OUT_AND_IN -> tellOutAndIn(args, database);
        case IN_AND_OUT -> tellInAndOut(rule, args, database);
        default -> noted.forEach((place, changes) -> tellOne(rule, args, place, changes));
      }
    }
    noted.clear();
  }

  private static Rule ruleOf(CommandSpec spec) {
    Rule rule = EventRules.of(spec.fullName());
    return rule == null ? NO_EVENT : rule;
  }

  private void tellOne(Rule rule, Args args, Place place, Changes changes) {
    switch (rule.shape()) {
      case REMOVE -> tellGone(place, changes);
      case EXPIRY -> {
        if (changes.gone) {
          tellGone(place, changes);
        } else {
          tell(EventClass.GENERIC, changes.expirySet ? "expire" : "persist", place);
        }
      }
      case STORE -> {
        if (!changes.gone) {
          // What is there is written over, even if the keyspace sees it go and come.
          tellNew(place, changes.existed ? null : changes);
          tell(rule.group(), rule.event(args), place);
        }
        tellGone(place, changes);
      }
      default -> {
        tellNew(place, changes);
        boolean overdue = rule.shape() == EventRules.Shape.RESTORE && changes.gone;
        if (rule.shape() != EventRules.Shape.OTHERS && !overdue) {
          tell(rule.group(), rule.event(args), place);
        }
        changes.others.forEach(event -> tell(rule.group(), event, place));
        if (rule.shape() == EventRules.Shape.SET && changes.expirySet) {
          tell(EventClass.GENERIC, "expire", place);
        }
        tellGone(place, changes);
      }
    }
  }

  private void tellNew(Place place, @Nullable Changes changes) {
    if (changes != null && changes.added && !changes.toldNew) {
      changes.toldNew = true;
      tell(EventClass.NEW, "new", place);
    }
  }

  private void tellGone(Place place, @Nullable Changes changes) {
    if (changes != null && changes.gone) {
      tell(EventClass.GENERIC, "del", place);
    }
  }

  private void tellPairs(Rule rule, Args args, int database) {
    for (int i = 1; i + 1 < args.count(); i += 2) {
      Place place = new Place(database, args.bytes(i));
      tellNew(place, noted.get(place));
      tell(rule.group(), rule.event(args), place);
    }
  }

  private void tellTwo(Args args, int database, String from, String to) {
    Place source = new Place(database, args.bytes(1));
    Place target = new Place(database, args.bytes(2));
    tellNew(target, noted.get(target));
    tell(EventClass.GENERIC, from, source);
    tell(EventClass.GENERIC, to, target);
  }

  private void tellMove(Args args, int database) {
    Place source = new Place(database, args.bytes(1));
    Place target = new Place((int) args.longAt(2), args.bytes(1));
    tellNew(target, noted.get(target));
    tell(EventClass.GENERIC, "move_from", source);
    tell(EventClass.GENERIC, "move_to", target);
  }

  private void tellOutAndIn(Args args, int database) {
    Place source = new Place(database, args.bytes(1));
    Place target = new Place(database, args.bytes(2));
    tell(EventClass.SET, "srem", source);
    tellGone(source, noted.get(source));
    Changes changes = noted.get(target);
    if (changes != null) {
      tellNew(target, changes);
      tell(EventClass.SET, "sadd", target);
    }
  }

  private void tellInAndOut(Rule rule, Args args, int database) {
    Place source = new Place(database, args.bytes(1));
    Place target = new Place(database, args.bytes(2));
    // RPOPLPUSH names no sides.
    boolean left = args.count() < 5 || args.is(4, "LEFT");
    tellNew(target, noted.get(target));
    tell(EventClass.LIST, left ? "lpush" : "rpush", target);
    tell(EventClass.LIST, rule.event(args), source);
    tellGone(source, noted.get(source));
  }

  private void tell(EventClass group, String event, Place place) {
    tell(group, event, place.database, place.key.array());
  }

  private void tell(EventClass group, String event, int database, byte[] key) {
    if ((classes & group.bit()) == 0) {
      return;
    }
    byte[] word = event.getBytes(StandardCharsets.US_ASCII);
    if (byKey) {
      publisher.publish(channel("__keyspace@", database, key), word);
    }
    if (byEvent) {
      publisher.publish(channel("__keyevent@", database, word), key);
    }
  }

  private static Bytes channel(String prefix, int database, byte[] tail) {
    byte[] head = (prefix + database + "__:").getBytes(StandardCharsets.US_ASCII);
    byte[] name = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, name, head.length, tail.length);
    return Bytes.wrap(name);
  }
}
