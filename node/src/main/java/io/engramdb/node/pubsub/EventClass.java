package io.engramdb.node.pubsub;

/** The classes of events of keys, each a letter of {@code notify-keyspace-events}. */
enum EventClass {
  GENERIC('g'),
  STRING('$'),
  LIST('l'),
  SET('s'),
  HASH('h'),
  SORTED_SET('z'),
  EXPIRED('x'),
  EVICTED('e'),
  STREAM('t'),
  MODULE('d'),
  MISSED('m'),
  NEW('n');

  private final char letter;

  EventClass(char letter) {
    this.letter = letter;
  }

  /** Its bit in a set of classes. */
  int bit() {
    return 1 << ordinal();
  }

  /** The classes that letters name; {@code A} stands for all but {@link #MISSED}, {@link #NEW}. */
  static int bits(String letters) {
    int bits = 0;
    for (EventClass each : values()) {
      boolean ofAll = each != MISSED && each != NEW && letters.indexOf('A') >= 0;
      if (ofAll || letters.indexOf(each.letter) >= 0) {
        bits |= each.bit();
      }
    }
    return bits;
  }
}
