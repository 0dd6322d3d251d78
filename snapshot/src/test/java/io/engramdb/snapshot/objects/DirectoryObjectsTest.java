package io.engramdb.snapshot.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryObjectsTest extends ObjectStoreContract {
  @TempDir Path directory;

  @Override
  protected ObjectStore empty() {
    return new DirectoryObjects(directory.resolve("new/one"));
  }

  @Test
  void aDirectoryThatIsNotThereIsSaidToBeMissing() {
    StoreException e = assertThrows(StoreException.class, () -> empty().check());
    assertEquals(StoreFault.NOT_FOUND, e.fault());
  }
}
