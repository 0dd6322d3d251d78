package io.engramdb.snapshot.store;

import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.S3Library;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.objects.sealed.SealKey;
import io.engramdb.snapshot.objects.sealed.SealedObjects;
import java.io.IOException;
import java.nio.file.Path;

/** Opens a store of objects by its address. */
public final class ObjectStores {
  private ObjectStores() {}

  /**
   * Opens a store; nobody is asked yet.
   *
   * @throws IOException if the key can't be read, or S3's libraries are missing
   */
  public static ObjectStore open(StoreUrl url) throws IOException {
    String keyFile = url.option(StoreUrl.KEY_FILE);
    SealKey key = keyFile == null ? null : SealKey.read(Path.of(keyFile));
    ObjectStore store =
        url.scheme().equals(StoreUrl.S3)
            ? S3Library.open(url)
            : new DirectoryObjects(Path.of(url.place()));
    return key == null ? store : new SealedObjects(store, key);
  }
}
