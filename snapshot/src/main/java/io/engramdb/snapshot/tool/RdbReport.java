package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.RdbException;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What {@link RdbCheck} found. With a fault the counts are what was seen before it.
 *
 * @param version version of the format
 * @param sizeBytes bytes of the file
 * @param databases databases that hold keys
 * @param functions function libraries
 * @param remarks what is odd and no fault, one line each
 * @param fault why the file can't be taken; null if it can
 */
public record RdbReport(
    String version,
    long sizeBytes,
    long databases,
    Keys keys,
    long functions,
    List<String> remarks,
    @Nullable RdbException fault) {

  /** Keys by type, and how many of all expire. */
  public record Keys(
      long strings,
      long lists,
      long sets,
      long sortedSets,
      long hashes,
      long streams,
      long expiring) {
    /** All of them. */
    public long total() {
      return strings + lists + sets + sortedSets + hashes + streams;
    }
  }

  /** True if the file can be taken. */
  public boolean isWhole() {
    return fault == null;
  }

  /** The verdict in one line, then one line per remark. */
  public String text() {
    if (fault != null) {
      return "damaged: " + fault.getMessage() + "; " + keys.total() + " keys before it were read";
    }
    StringJoiner lines = new StringJoiner(System.lineSeparator());
    lines.add(
        "ok: RDB version "
            + version
            + ", "
            + sizeBytes
            + " bytes, "
            + keys.total()
            + " keys in "
            + databases
            + " databases ("
            + keys.strings
            + " strings, "
            + keys.lists
            + " lists, "
            + keys.sets
            + " sets, "
            + keys.sortedSets
            + " sorted sets, "
            + keys.hashes
            + " hashes, "
            + keys.streams
            + " streams; "
            + keys.expiring
            + " expire), "
            + functions
            + " function libraries");
    remarks.forEach(remark -> lines.add("note: " + remark));
    return lines.toString();
  }
}
