package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One segment of Ratis' log, known by its name: {@code log_START-END}, or {@code
 * log_inprogress_START} for the one that is still written.
 *
 * @param endIndex last index, -1 if the segment is open
 */
public record SegmentFile(Path path, long startIndex, long endIndex) {
  private static final Pattern NAME = Pattern.compile("log_(?:(\\d+)-(\\d+)|inprogress_(\\d+))");

  /** All segments of a folder, oldest first. */
  public static List<SegmentFile> list(Path folder) throws IOException {
    List<SegmentFile> segments = new ArrayList<>();
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Matcher matcher = NAME.matcher(path.getFileName().toString());
        if (matcher.matches()) {
          boolean open = matcher.group(3) != null;
          segments.add(
              new SegmentFile(
                  path,
                  Long.parseLong(matcher.group(open ? 3 : 1)),
                  open ? -1 : Long.parseLong(matcher.group(2))));
        }
      }
    }
    segments.sort(Comparator.comparingLong(SegmentFile::startIndex));
    return segments;
  }

  /** Whether the segment is still written. */
  public boolean isOpen() {
    return endIndex < 0;
  }
}
