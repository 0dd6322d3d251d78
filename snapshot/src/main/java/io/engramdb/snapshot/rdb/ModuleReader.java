package io.engramdb.snapshot.rdb;

import java.io.IOException;

/**
 * Steps over what modules write. Their items say their own sizes, so that is exact without knowing
 * the module.
 */
final class ModuleReader {
  private static final int END = 0;
  private static final int SIGNED = 1;
  private static final int UNSIGNED = 2;
  private static final int FLOAT = 3;
  private static final int DOUBLE = 4;
  private static final int STRING = 5;

  private static final int NAME_CHARS = 9;
  private static final int VERSION_BITS = 10;
  private static final int BITS_PER_CHAR = 6;
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private final RdbInput input;
  private final ModulePolicy policy;

  ModuleReader(RdbInput input, ModulePolicy policy) {
    this.input = input;
    this.policy = policy;
  }

  /** A module's value: its id, then items. */
  void key(RdbKey key, RdbVisitor visitor) throws IOException {
    long start = input.offset();
    long id = input.readLength();
    refuseIfAsked(start, "a value of", id);
    skipItems();
    visitor.skippedModuleKey(key, name(id), input.offset() - start);
  }

  /** A module's data outside of keys: its id, when it is to be loaded, then items. */
  void aux(RdbVisitor visitor) throws IOException {
    long start = input.offset();
    long id = input.readLength();
    refuseIfAsked(start, "data of", id);
    long kind = input.readLength();
    if (kind != UNSIGNED) {
      throw input.fault(RdbFault.MALFORMED, start, "data of a module lacks its time of loading");
    }
    input.readLength();
    skipItems();
    visitor.skippedModuleAux(name(id), input.offset() - start);
  }

  private void refuseIfAsked(long start, String what, long id) throws RdbException {
    if (policy == ModulePolicy.FAIL) {
      long version = id & (1 << VERSION_BITS) - 1;
      throw input.fault(
          RdbFault.MODULE,
          start,
          what + " module \"" + name(id) + "\" (its encoding " + version + ") can't be read");
    }
  }

  private void skipItems() throws IOException {
    while (true) {
      long start = input.offset();
      long item = input.readLength();
      if (item == END) {
        return;
      }
      switch ((int) Math.min(Integer.MAX_VALUE, item & Long.MAX_VALUE)) {
        case SIGNED, UNSIGNED -> input.readLength();
        case FLOAT -> input.skip(Float.BYTES);
        case DOUBLE -> input.skip(Double.BYTES);
        case STRING -> input.skipString();
        default ->
            throw input.fault(RdbFault.MALFORMED, start, "data of a module has an undefined item");
      }
    }
  }

  private static String name(long id) {
    StringBuilder name = new StringBuilder(NAME_CHARS);
    for (int i = NAME_CHARS - 1; i >= 0; i--) {
      int bits = (int) (id >>> VERSION_BITS + BITS_PER_CHAR * i) & (1 << BITS_PER_CHAR) - 1;
      name.append(ALPHABET.charAt(bits));
    }
    return name.toString();
  }
}
