package io.engramdb.snapshot.archive;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import io.engramdb.snapshot.objects.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The archived logs in a store of objects; see the package document. Any thread. The store belongs
 * to the caller.
 */
public final class LogArchive {

  private static final String FOLDER = "archive/";
  private static final String ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  private static final Pattern NAME =
      Pattern.compile(FOLDER + "(" + ID + ")/(" + ID + ")/([0-9]{19})\\.log");

  private final ObjectStore objects;

  /**
   * One history of one shard.
   *
   * @param incarnation new with each restore
   */
  public record History(UUID shard, UUID incarnation) implements Comparable<History> {
    @Override
    public int compareTo(History other) {
      return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
      return shard + "/" + incarnation;
    }
  }

  /** Where a segment is, and where it begins. */
  public record Place(String name, long firstIndex) {}

  public LogArchive(ObjectStore objects) {
    this.objects = objects;
  }

  /** Where the segments of a history lie. */
  public static String folder(UUID shard, UUID incarnation) {
    return FOLDER + shard + "/" + incarnation + "/";
  }

  /** Where those of all histories of a shard lie. */
  public static String folder(UUID shard) {
    return FOLDER + shard + "/";
  }

  static String fileName(long firstIndex) {
    return String.format(Locale.ROOT, "%019d.log", firstIndex);
  }

  /** Which of the shard's histories an object belongs to; null if it is no segment. */
  public static @Nullable History historyOf(String objectName) {
    Matcher matcher = NAME.matcher(objectName);
    return matcher.matches()
        ? new History(UUID.fromString(matcher.group(1)), UUID.fromString(matcher.group(2)))
        : null;
  }

  /** Every history of which something is archived. */
  public List<History> histories() throws IOException {
    TreeSet<History> found = new TreeSet<>();
    for (StoredObject each : objects.list(FOLDER)) {
      History history = historyOf(each.name());
      if (history != null) {
        found.add(history);
      }
    }
    return List.copyOf(found);
  }

  /** The segments of a history, in the order of the log. */
  public List<Place> list(UUID shard, UUID incarnation) throws IOException {
    List<Place> places = new ArrayList<>();
    for (StoredObject each : objects.list(folder(shard, incarnation))) {
      Matcher matcher = NAME.matcher(each.name());
      if (matcher.matches()) {
        places.add(new Place(each.name(), Long.parseLong(matcher.group(3))));
      }
    }
    return places;
  }

  /** The head of the newest segment of a history; null if there is none. */
  public @Nullable SegmentHead newest(UUID shard, UUID incarnation) throws IOException {
    List<Place> places = list(shard, incarnation);
    return places.isEmpty() ? null : head(places.getLast().name());
  }

  /** The head of a segment; its entries are not looked at. */
  public SegmentHead head(String name) throws IOException {
    return SegmentHead.decode(bytes(name, SegmentHead.BYTES), name);
  }

  /** A whole segment, its checksums compared. */
  public Segment read(String name) throws IOException {
    return Segment.decode(bytes(name, SegmentBuilder.MAX_BYTES + 1), name);
  }

  private byte[] bytes(String name, int atMost) throws IOException {
    try (InputStream in = objects.open(name, 0, atMost)) {
      return in.readNBytes(atMost);
    }
  }

  /**
   * Brings a segment into the store, if there is none that begins there, and reads it back.
   *
   * @return whether it is there now; false if another one was quicker
   */
  public boolean put(Segment segment) throws IOException {
    String name = segment.head().name();
    try {
      objects.put(name, Content.of(segment.bytes()), true);
    } catch (StoreException e) {
      if (e.fault() != StoreFault.EXISTS) {
        throw e;
      }
      // It may be this very one: an answer can get lost, and a process can end before it comes.
      return head(name).equals(segment.head());
    }
    if (!Arrays.equals(bytes(name, SegmentBuilder.MAX_BYTES + 1), segment.bytes())) {
      objects.delete(name);
      throw new ArchiveException(name + " came back from the store as something else");
    }
    return true;
  }
}
