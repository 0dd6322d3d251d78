package io.engramdb.snapshot.archive;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The archived logs in a store of objects; see the package document. Any thread. The store belongs
 * to the caller.
 *
 * <p>Segments are many, and a store may hold the archives of many shards: nothing here lists more
 * of it than it needs.
 */
public final class LogArchive {

  /** Segments of one history that are listed; 28 TiB of log if they are full. */
  public static final int MAX_SEGMENTS = 1 << 22;

  /** Where all of them lie. */
  public static final String FOLDER = "archive/";

  /** A name behind all that lie there: none has this character. */
  public static final String END = FOLDER + "~";

  private static final String ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  private static final Pattern NAME =
      Pattern.compile(FOLDER + "(" + ID + ")/(" + ID + ")/([0-9]{19})\\.log");

  private final ObjectStore objects;

  /**
   * One history of one shard.
   *
   * @param incarnation new with each restore
   */
  public record History(UUID shard, UUID incarnation) {
    @Override
    public String toString() {
      return shard + "/" + incarnation;
    }
  }

  /**
   * Where a segment is.
   *
   * @param firstIndex where it begins
   * @param modifiedMs when it was put, by the store's clock, Unix milliseconds
   */
  public record Place(History history, long firstIndex, long modifiedMs) {
    /** Its name in the store. */
    public String name() {
      return folder(history.shard(), history.incarnation()) + fileName(firstIndex);
    }
  }

  /** Hears of segments in the order of the log. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * The next one.
     *
     * @return whether more are wanted
     */
    boolean visit(Place place) throws IOException;
  }

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
    List<History> found = new ArrayList<>();
    int before;
    do {
      before = found.size();
      History last = found.isEmpty() ? null : found.getLast();
      objects.each(
          FOLDER,
          last == null ? "" : folder(last.shard(), last.incarnation()) + "~",
          object -> {
            History history = historyOf(object.name());
            return history == null || !found.add(history);
          });
    } while (found.size() > before);
    return List.copyOf(found);
  }

  /** Shows the segments of a history that begin at an index or behind it, however many. */
  public void each(UUID shard, UUID incarnation, long fromIndex, Visitor to) throws IOException {
    String folder = folder(shard, incarnation);
    History history = new History(shard, incarnation);
    objects.each(
        folder,
        fromIndex <= 0 ? "" : folder + fileName(fromIndex - 1),
        object -> {
          Matcher matcher = NAME.matcher(object.name());
          return !matcher.matches()
              || to.visit(
                  new Place(history, Long.parseLong(matcher.group(3)), object.modifiedMs()));
        });
  }

  /** The segments of a history, in the order of the log. */
  public List<Place> list(UUID shard, UUID incarnation) throws IOException {
    List<Place> places = new ArrayList<>();
    each(
        shard,
        incarnation,
        0,
        place -> {
          if (places.size() == MAX_SEGMENTS) {
            throw new ArchiveException(
                folder(shard, incarnation) + " has more than " + MAX_SEGMENTS + " segments");
          }
          return places.add(place);
        });
    return places;
  }

  /** First index of the oldest segment of a history; -1 if there is none. */
  public long oldestIndex(UUID shard, UUID incarnation) throws IOException {
    long[] oldest = {-1};
    each(
        shard,
        incarnation,
        0,
        place -> {
          oldest[0] = place.firstIndex();
          return false;
        });
    return oldest[0];
  }

  /**
   * The head of the newest segment of a history; null if there is none.
   *
   * @param fromIndex segments that begin before are not looked at, and not even listed
   */
  public @Nullable SegmentHead newest(UUID shard, UUID incarnation, long fromIndex)
      throws IOException {
    Place[] newest = {null};
    each(
        shard,
        incarnation,
        fromIndex,
        place -> {
          newest[0] = place;
          return true;
        });
    return newest[0] == null ? null : head(newest[0].name());
  }

  /** Removes a segment. */
  public void delete(Place place) throws IOException {
    objects.delete(place.name());
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
