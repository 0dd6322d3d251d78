package io.engramdb.node.command;

/** Commands that belong together, in one file. */
public interface CommandFamily {
  /** Adds this family's rows to the table. */
  void register(CommandTable.Builder table);
}
