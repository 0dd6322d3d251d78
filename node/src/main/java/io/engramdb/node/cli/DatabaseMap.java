package io.engramdb.node.cli;

import org.jspecify.annotations.Nullable;

/**
 * Which databases of the source are imported, and what they are in the target. Stateless.
 *
 * @param only the one that is wanted; null: all of them
 * @param cluster the target has database 0 alone
 */
record DatabaseMap(@Nullable Integer only, boolean cluster) {

  boolean isWanted(long database) {
    return only == null || only == database;
  }

  /** Whether some databases of the source stay behind. */
  boolean isSelective() {
    return only != null;
  }

  /** Its number in the target. A named database becomes the only one of a cluster. */
  int target(long database) throws ImportException {
    if (!cluster) {
      return (int) database;
    }
    if (database != 0 && only == null) {
      throw new ImportException(
          "the source uses database "
              + database
              + ", and a target in cluster mode has database 0 alone; import one of them with"
              + " redis://HOST:PORT/"
              + database);
    }
    return 0;
  }
}
