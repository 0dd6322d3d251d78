package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.DictNode;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A set: sorted integers while all members are integers and few, a {@link Listpack} while they are
 * few and short, a {@link Dictionary} from then on (never back, as in Redis 7.2).
 *
 * <p>Members that are integers are shown as such by the small forms; a table shows text only. Shard
 * thread only.
 */
public final class SetValue extends Value {

  private static final int OWN_BYTES = HeapSize.OBJECT_HEADER_BYTES + 24;

  private static final int MEMBER_BYTES = 24;

  /** A sample of more than one part in this many of a table is taken by walking it. */
  private static final int SPARSE_SAMPLE_DIVISOR = 3;

  /** Exactly one of the three is there. */
  private @Nullable IntegerSet integers = new IntegerSet();

  private @Nullable Listpack packed;
  private @Nullable Dictionary<SetMember> table;

  /** Bytes of the table's members. */
  private long tableBytes;

  public int size() {
    if (integers != null) {
      return integers.count();
    }
    return packed != null ? packed.count() : table().size();
  }

  // --- asking

  public boolean contains(byte[] array, int offset, int length) {
    if (table != null) {
      return table.find(ByteHash.of(array, offset, length), array, offset, length) != null;
    }
    if (DecimalLong.isLong(array, offset, length)) {
      return contains(DecimalLong.parseLong(array, offset, length));
    }
    return packed != null && packed.find(new ByteRange(array, offset, length), packed.first()) >= 0;
  }

  public boolean contains(ByteRange member) {
    return contains(member.array(), member.offset(), member.length());
  }

  /** Whether the decimal form of an integer is a member. */
  public boolean contains(long value) {
    if (integers != null) {
      return integers.contains(value);
    }
    if (packed != null) {
      return packed.findInteger(value, packed.first()) >= 0;
    }
    byte[] text = DecimalLong.bytes(value);
    return contains(text, 0, text.length);
  }

  /** Visits all members, until the visitor has seen enough. */
  public void forEach(ElementVisitor visitor) {
    if (integers != null) {
      for (int i = 0; i < integers.count() && visitor.integer(integers.get(i)); i++) {}
    } else if (packed != null) {
      packed.forEach(visitor);
    } else {
      table().forEachWhile(member -> visit(member, visitor));
    }
  }

  /**
   * Visits some members; see {@link Dictionary#scan}. A small set is visited whole.
   *
   * @return the next cursor, 0 at the end
   */
  public long scan(long cursor, ElementVisitor visitor) {
    if (table != null) {
      return table.scan(cursor, member -> visit(member, visitor));
    }
    forEach(visitor);
    return 0;
  }

  /** Visits one member, all with the same chance; the set must not be empty. */
  public void visitRandom(RandomGenerator random, ElementVisitor visitor) {
    if (integers != null) {
      visitor.integer(integers.get(random.nextInt(integers.count())));
    } else if (packed != null) {
      packed.visit(packed.seek(random.nextInt(packed.count())), visitor);
    } else {
      visit(table().randomFair(random), visitor);
    }
  }

  /**
   * Visits {@code count} different members chosen at random.
   *
   * @param count less than {@link #size}
   */
  public void visitSample(int count, RandomGenerator random, ElementVisitor visitor) {
    if (table != null && count < size() / SPARSE_SAMPLE_DIVISOR) {
      Set<DictNode> seen = new HashSet<>();
      while (seen.size() < count) {
        SetMember member = table.randomFair(random);
        if (seen.add(member)) {
          visit(member, visitor);
        }
      }
      return;
    }
    forEach(new SelectionSample(size(), count, random, visitor));
  }

  private static boolean visit(SetMember member, ElementVisitor visitor) {
    return visitor.text(member.key, 0, member.key.length);
  }

  private Dictionary<SetMember> table() {
    Dictionary<SetMember> present = table;
    if (present == null) {
      throw new IllegalStateException("the set is no table");
    }
    return present;
  }

  // --- changing

  /**
   * An empty set for members to come.
   *
   * @param integers whether the first of them is an integer
   */
  public static SetValue of(boolean integers, int members, ValueLimits limits) {
    SetValue set = new SetValue();
    if (integers && members <= limits.setIntegerEntries) {
      return set;
    }
    if (members <= limits.setPackedEntries) {
      set.integers = null;
      set.packed = new Listpack();
    } else {
      set.makeTable(members);
    }
    return set;
  }

  /** To be called before a command adds that many members: a set that will be large is made so. */
  public void expect(int members, ValueLimits limits) {
    if ((integers != null && members > limits.setIntegerEntries)
        || (packed != null && members > limits.setPackedEntries)) {
      makeTable(Math.max(size(), members));
    }
  }

  /** Adds a member; false if it is there. */
  public boolean add(ByteRange member, ValueLimits limits) {
    return add(member.array(), member.offset(), member.length(), limits);
  }

  /** As {@link #add(ByteRange, ValueLimits)}. */
  public boolean add(byte[] array, int offset, int length, ValueLimits limits) {
    if (table != null) {
      return addToTable(array, offset, length);
    }
    if (DecimalLong.isLong(array, offset, length)) {
      return add(DecimalLong.parseLong(array, offset, length), limits);
    }
    if (integers != null) {
      leaveIntegers(length, limits);
      if (packed == null) {
        return addToTable(array, offset, length);
      }
      packed.append(new ByteRange(array, offset, length));
      return true;
    }
    Listpack small = packed();
    ByteRange member = new ByteRange(array, offset, length);
    if (small.find(member, small.first()) >= 0) {
      return false;
    }
    if (!fits(small, length, limits)) {
      makeTable(small.count() + 1);
      return addToTable(array, offset, length);
    }
    small.append(member);
    return true;
  }

  /** Adds the decimal form of an integer; false if it is there. */
  public boolean add(long value, ValueLimits limits) {
    if (integers != null) {
      boolean added = integers.add(value);
      if (added && integers.count() > limits.setIntegerEntries) {
        makeTable(integers.count());
      }
      return added;
    }
    if (packed != null) {
      if (packed.findInteger(value, packed.first()) >= 0) {
        return false;
      }
      if (fits(packed, DecimalLong.lengthOf(value), limits)) {
        packed.append(value);
        return true;
      }
      makeTable(packed.count() + 1);
    }
    byte[] text = DecimalLong.bytes(value);
    return addToTable(text, 0, text.length);
  }

  private Listpack packed() {
    Listpack present = packed;
    if (present == null) {
      throw new IllegalStateException("the set is not packed");
    }
    return present;
  }

  private static boolean fits(Listpack small, int length, ValueLimits limits) {
    return small.count() < limits.setPackedEntries
        && length <= limits.setPackedValueBytes
        && small.formatBytes() + length + 16 <= Listpack.MAX_BYTES;
  }

  /** Makes room for a first member that is no integer: a listpack or a table. */
  private void leaveIntegers(int length, ValueLimits limits) {
    IntegerSet few = integers;
    if (few == null) {
      return;
    }
    int count = few.count();
    int longest = 0;
    if (count > 0) {
      longest =
          Math.max(DecimalLong.lengthOf(few.get(0)), DecimalLong.lengthOf(few.get(count - 1)));
    }
    if (count < limits.setPackedEntries
        && Math.max(length, longest) <= limits.setPackedValueBytes) {
      Listpack small = new Listpack();
      for (int i = 0; i < count; i++) {
        small.append(few.get(i));
      }
      packed = small;
      integers = null;
    } else {
      makeTable(count + 1);
    }
  }

  private void makeTable(int expected) {
    Dictionary<SetMember> members = new Dictionary<>();
    members.reserve(expected);
    IntegerSet few = integers;
    Listpack small = packed;
    integers = null;
    packed = null;
    table = members;
    tableBytes = 0;
    if (few != null) {
      for (int i = 0; i < few.count(); i++) {
        insert(DecimalLong.bytes(few.get(i)));
      }
    } else if (small != null) {
      small.forEach(
          new ElementVisitor() {
            @Override
            public boolean text(byte[] array, int offset, int length) {
              insert(new ByteRange(array, offset, length).copy());
              return true;
            }

            @Override
            public boolean integer(long value) {
              insert(DecimalLong.bytes(value));
              return true;
            }
          });
    }
  }

  private boolean addToTable(byte[] array, int offset, int length) {
    if (contains(array, offset, length)) {
      return false;
    }
    insert(new ByteRange(array, offset, length).copy());
    return true;
  }

  private void insert(byte[] member) {
    SetMember added = new SetMember(member);
    table().add(added);
    tableBytes += sizeOf(added);
  }

  /** Removes a member; false if there is none. The owner removes a set that became empty. */
  public boolean remove(ByteRange member) {
    byte[] array = member.array();
    int offset = member.offset();
    int length = member.length();
    if (table != null) {
      SetMember found = table.find(ByteHash.of(array, offset, length), array, offset, length);
      if (found == null) {
        return false;
      }
      table.remove(found);
      tableBytes -= sizeOf(found);
      return true;
    }
    if (packed != null) {
      int place = packed.find(member, packed.first());
      if (place >= 0) {
        packed.remove(place);
      }
      return place >= 0;
    }
    return integers != null
        && DecimalLong.isLong(array, offset, length)
        && integers.remove(DecimalLong.parseLong(array, offset, length));
  }

  private static long sizeOf(SetMember member) {
    return MEMBER_BYTES + HeapSize.ofArray(member.key.length);
  }

  // --- as a value

  @Override
  public ValueType type() {
    return ValueType.SET;
  }

  @Override
  public String encoding() {
    if (integers != null) {
      return "intset";
    }
    return packed != null ? "listpack" : "hashtable";
  }

  @Override
  public long sizeBytes() {
    if (integers != null) {
      return OWN_BYTES + integers.sizeBytes();
    }
    if (packed != null) {
      return OWN_BYTES + packed.sizeBytes();
    }
    return OWN_BYTES
        + Dictionary.OBJECT_BYTES
        + HeapSize.ofReferences(table().weighedBuckets())
        + tableBytes;
  }

  @Override
  public int elementCount() {
    return table == null ? 1 : size();
  }

  @Override
  public void validate() {
    int forms = (integers == null ? 0 : 1) + (packed == null ? 0 : 1) + (table == null ? 0 : 1);
    Invariant.check(forms == 1, "a set has %d forms", forms);
    if (integers != null) {
      integers.validate();
      return;
    }
    if (packed != null) {
      packed.validate();
      return;
    }
    table().validate();
    long[] bytes = {0};
    table().forEach(member -> bytes[0] += sizeOf(member));
    Invariant.check(bytes[0] == tableBytes, "members weigh %d, accounted %d", bytes[0], tableBytes);
  }

  @Override
  public Value copy() {
    SetValue copy = new SetValue();
    copy.integers = integers == null ? null : integers.copy();
    copy.packed = packed == null ? null : packed.copy();
    if (table != null) {
      Dictionary<SetMember> members = new Dictionary<>();
      members.reserve(size());
      table.forEach(member -> members.add(new SetMember(member.key)));
      copy.table = members;
      copy.tableBytes = tableBytes;
    }
    return copy;
  }
}
