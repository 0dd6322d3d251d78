package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.ElementVisitor;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** Intersection, union and difference of sets; an absent key is an empty set. */
final class SetAlgebra {

  private SetAlgebra() {}

  /** The sets of the keys at these words, null for an absent one; WRONGTYPE for another type. */
  static @Nullable SetValue[] read(ExecutionContext cx, Args args, int from, int to) {
    @Nullable SetValue[] sets = new SetValue[to - from];
    for (int i = from; i < to; i++) {
      sets[i - from] = Typed.set(Typed.read(cx, args, i));
    }
    return sets;
  }

  /** Shows the members that all sets have, until the visitor has seen enough. */
  static void intersect(@Nullable SetValue[] sets, ElementVisitor visitor) {
    SetValue[] present = new SetValue[sets.length];
    for (int i = 0; i < sets.length; i++) {
      SetValue set = sets[i];
      if (set == null) {
        return;
      }
      present[i] = set;
    }
    Arrays.sort(present, Comparator.comparingInt(SetValue::size));
    present[0].forEach(new Shared(present, 1, visitor));
  }

  static SetValue intersection(@Nullable SetValue[] sets, ValueLimits limits) {
    SetValue result = new SetValue();
    intersect(sets, new Collector(result, limits));
    return result;
  }

  static SetValue union(@Nullable SetValue[] sets, ValueLimits limits) {
    SetValue result = new SetValue();
    Collector collector = new Collector(result, limits);
    for (SetValue set : sets) {
      if (set != null) {
        set.forEach(collector);
      }
    }
    return result;
  }

  /**
   * The members of the first set that no other has: either every member is looked for in the
   * others, or the members of the others are taken away, whichever means less work.
   */
  static SetValue difference(@Nullable SetValue[] sets, ValueLimits limits) {
    SetValue result = new SetValue();
    SetValue first = sets[0];
    if (first == null) {
      return result;
    }
    long lookUps = 0;
    long removals = 0;
    for (SetValue set : sets) {
      if (set != null) {
        lookUps += first.size();
        removals += set.size();
      }
    }
    // Looking up ends at the first set that has the member: half the work, say.
    if (lookUps / 2 <= removals) {
      SetValue[] others =
          Arrays.stream(sets, 1, sets.length)
              .filter(set -> set != null)
              .sorted(Comparator.comparingInt(set -> -set.size()))
              .toArray(SetValue[]::new);
      first.forEach(new Unshared(others, new Collector(result, limits)));
      return result;
    }
    first.forEach(new Collector(result, limits));
    Remover remover = new Remover(result);
    for (int i = 1; i < sets.length && result.size() > 0; i++) {
      SetValue set = sets[i];
      if (set != null) {
        set.forEach(remover);
      }
    }
    return result;
  }

  /** Passes on what all sets from one on have. */
  private record Shared(SetValue[] sets, int from, ElementVisitor next) implements ElementVisitor {
    @Override
    public boolean text(byte[] array, int offset, int length) {
      for (int i = from; i < sets.length; i++) {
        if (!sets[i].contains(array, offset, length)) {
          return true;
        }
      }
      return next.text(array, offset, length);
    }

    @Override
    public boolean integer(long value) {
      for (int i = from; i < sets.length; i++) {
        if (!sets[i].contains(value)) {
          return true;
        }
      }
      return next.integer(value);
    }
  }

  /** Passes on what no set has. */
  private record Unshared(SetValue[] sets, ElementVisitor next) implements ElementVisitor {
    @Override
    public boolean text(byte[] array, int offset, int length) {
      for (SetValue set : sets) {
        if (set.contains(array, offset, length)) {
          return true;
        }
      }
      return next.text(array, offset, length);
    }

    @Override
    public boolean integer(long value) {
      for (SetValue set : sets) {
        if (set.contains(value)) {
          return true;
        }
      }
      return next.integer(value);
    }
  }

  /** Adds to a set. */
  private record Collector(SetValue into, ValueLimits limits) implements ElementVisitor {
    @Override
    public boolean text(byte[] array, int offset, int length) {
      into.add(array, offset, length, limits);
      return true;
    }

    @Override
    public boolean integer(long value) {
      into.add(value, limits);
      return true;
    }
  }

  /** Removes from a set. */
  private record Remover(SetValue from) implements ElementVisitor {
    @Override
    public boolean text(byte[] array, int offset, int length) {
      return removed(new ByteRange(array, offset, length));
    }

    @Override
    public boolean integer(long value) {
      return removed(ByteRange.of(Numbers.bytes(value)));
    }

    private boolean removed(ByteRange member) {
      from.remove(member);
      return from.size() > 0;
    }
  }
}
