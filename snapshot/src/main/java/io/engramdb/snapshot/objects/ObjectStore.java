package io.engramdb.snapshot.objects;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps byte strings under names. An object is there whole or not at all, and it is never changed:
 * who puts a name again replaces it whole.
 *
 * <p>Any thread, several at once. Every call blocks, for a bounded time where the store is far
 * away. What goes wrong in the store is a {@link StoreException}; another {@link IOException} comes
 * from the content.
 */
public interface ObjectStore extends Closeable {

  /** Objects, or unfinished uploads, that one listing returns; more are refused. */
  int MAX_LISTED = 100_000;

  /** What it is, for people. Holds nothing that is secret. */
  String description();

  /** Asks for something cheap, so that a wrong address or a missing right shows now. */
  void check() throws IOException;

  /**
   * Keeps an object; it is safe when this returns. What an interrupted attempt has brought over is
   * used again where the store can do that.
   *
   * @param onlyNew refuse with {@link StoreFault#EXISTS} if there is one of that name. Two that do
   *     this at once can't both succeed, if the store has conditional writes
   */
  PutReport put(String name, Content content, boolean onlyNew) throws IOException;

  /** Hears of objects, one after the other. */
  @FunctionalInterface
  interface Visitor {
    /**
     * The next one.
     *
     * @return whether more are wanted
     */
    boolean visit(StoredObject object) throws IOException;
  }

  /**
   * Shows objects in the order of their names, however many there are.
   *
   * @param prefix their names begin so
   * @param after only names that come behind this one; empty: all of them
   */
  void each(String prefix, String after, Visitor to) throws IOException;

  /**
   * Objects whose names begin so, in the order of their names: a listing that is held in memory.
   */
  default List<StoredObject> list(String prefix) throws IOException {
    List<StoredObject> found = new ArrayList<>();
    each(
        prefix,
        "",
        object -> {
          if (found.size() == MAX_LISTED) {
            throw new StoreException(
                StoreFault.REFUSED,
                description() + " has more than " + MAX_LISTED + " objects there");
          }
          return found.add(object);
        });
    return found;
  }

  /** One object, or null. */
  @Nullable StoredObject find(String name) throws IOException;

  /**
   * Reads an object from a byte on.
   *
   * @param sizeBytes how much at most; a shorter object ends earlier
   */
  InputStream open(String name, long fromByte, long sizeBytes) throws IOException;

  /** Removes an object; one that is not there is fine. */
  void delete(String name) throws IOException;

  /** Uploads that never came to their end and take room. */
  List<UnfinishedUpload> unfinished() throws IOException;

  /** Gives one of them up. */
  void abandon(UnfinishedUpload upload) throws IOException;

  @Override
  void close();
}
