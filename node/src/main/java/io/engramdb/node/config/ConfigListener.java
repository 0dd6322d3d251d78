package io.engramdb.node.config;

/** Hears that parameters have changed, and brings the change into effect. */
@FunctionalInterface
public interface ConfigListener {
  /**
   * Called on the thread that changes the configuration, once for all changes of one CONFIG SET; it
   * must not block, and hands the value to its owner's thread if that is another one.
   *
   * @throws ConfigException if the values can't be put into effect: then all of them are taken back
   *     and listeners that heard of them are called again
   */
  void apply(Configuration configuration) throws ConfigException;
}
