package io.engramdb.node.server;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A part that is made after those that will ask for it: commands are part of the shard and ask for
 * it when they run. Set once, before any thread but the builder's sees it.
 */
final class Late<T> implements Supplier<T> {
  private final String name;
  private @Nullable T part;

  Late(String name) {
    this.name = name;
  }

  void set(T made) {
    if (part != null) {
      throw new IllegalStateException(name + " is made twice");
    }
    part = made;
  }

  @Override
  public T get() {
    T present = part;
    if (present == null) {
      throw new IllegalStateException(name + " is asked for before it is made");
    }
    return present;
  }
}
