package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.StringValue;
import org.jspecify.annotations.Nullable;

/** Look-ups by a word of the request, and values as the type that a command works on. */
final class Typed {

  private Typed() {}

  /** The entry of the key at that word, as a read: it counts as an access. */
  static @Nullable Entry read(ExecutionContext cx, Args args, int word) {
    return cx.db().read(args.array(), args.offset(word), args.length(word));
  }

  /** The entry of the key at that word, for a command that will change it. */
  static @Nullable Entry find(ExecutionContext cx, Args args, int word) {
    return cx.db().find(args.array(), args.offset(word), args.length(word));
  }

  /** The string of an entry, null for no entry; WRONGTYPE otherwise. */
  static @Nullable StringValue string(@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    if (entry.value() instanceof StringValue string) {
      return string;
    }
    throw CommandError.WRONG_TYPE;
  }

  /** The hash of an entry, null for no entry; WRONGTYPE otherwise. */
  static @Nullable HashValue hash(@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    if (entry.value() instanceof HashValue hash) {
      return hash;
    }
    throw CommandError.WRONG_TYPE;
  }

  /** The list of an entry, null for no entry; WRONGTYPE otherwise. */
  static @Nullable ListValue list(@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    if (entry.value() instanceof ListValue list) {
      return list;
    }
    throw CommandError.WRONG_TYPE;
  }

  /** The set of an entry, null for no entry; WRONGTYPE otherwise. */
  static @Nullable SetValue set(@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    if (entry.value() instanceof SetValue set) {
      return set;
    }
    throw CommandError.WRONG_TYPE;
  }

  /** The sorted set of an entry, null for no entry; WRONGTYPE otherwise. */
  static @Nullable SortedSetValue sortedSet(@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    if (entry.value() instanceof SortedSetValue set) {
      return set;
    }
    throw CommandError.WRONG_TYPE;
  }

  /** The stream of an entry, null for no entry; WRONGTYPE otherwise. */
  static @Nullable StreamValue stream(@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    if (entry.value() instanceof StreamValue stream) {
      return stream;
    }
    throw CommandError.WRONG_TYPE;
  }

  /** One word as a range; valid while the command runs. */
  static ByteRange range(Args args, int word) {
    return new ByteRange(args.array(), args.offset(word), args.length(word));
  }
}
