package io.engramdb.snapshot.rdb;

/** What to do with data of modules, which only the module itself understands. */
public enum ModulePolicy {
  /** Refuse the file and say which module it was. */
  FAIL,
  /** Step over the data, after the visitor was told its module's name. */
  SKIP
}
