package io.engramdb.snapshot.objects.sealed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.ObjectStoreContract;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedObjectsTest extends ObjectStoreContract {
  private static final SealKey KEY = new SealKey(new byte[32]);
  private static final int SIZE_BYTES = 3 * SealHeader.CHUNK_SIZE_BYTES + 1000;

  @TempDir Path directory;

  @Override
  protected ObjectStore empty() {
    return new SealedObjects(new DirectoryObjects(directory), KEY);
  }

  private static byte[] random() {
    byte[] bytes = new byte[SIZE_BYTES];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private byte[] sealed() throws IOException {
    empty().put("x", Content.of(random()), false);
    return Files.readAllBytes(directory.resolve("x"));
  }

  private StoreFault readFault(String name, SealKey key) {
    ObjectStore store = new SealedObjects(new DirectoryObjects(directory), key);
    StoreException e =
        assertThrows(
            StoreException.class,
            () -> {
              try (InputStream in = store.open(name, 0, Long.MAX_VALUE)) {
                in.readAllBytes();
              }
            });
    return e.fault();
  }

  @Test
  void anyByteThatIsChangedShows() throws IOException {
    byte[] good = sealed();
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      byte[] bad = good.clone();
      int at = i < SealHeader.SIZE_BYTES ? i : random.nextInt(bad.length);
      bad[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(directory.resolve("x"), bad);
      StoreFault fault = readFault("x", KEY);
      // The name of the key is all that tells a foreign key from damage.
      StoreFault expected = at >= 16 && at < 24 ? StoreFault.DENIED : StoreFault.DAMAGED;
      assertEquals(expected, fault, "byte " + at + ", seed " + seed);
    }
  }

  @Test
  void anEndThatIsMissingShows() throws IOException {
    byte[] good = sealed();
    int sealedChunk = SealHeader.SEALED_CHUNK_SIZE_BYTES;
    for (int size :
        new int[] {
          0,
          7,
          SealHeader.SIZE_BYTES,
          SealHeader.SIZE_BYTES + sealedChunk,
          SealHeader.SIZE_BYTES + 3 * sealedChunk,
          good.length - 1
        }) {
      Files.write(directory.resolve("x"), Arrays.copyOf(good, size));
      assertEquals(StoreFault.DAMAGED, readFault("x", KEY), size + " bytes");
    }
  }

  @Test
  void chunksCannotChangePlacesNorObjectsNames() throws IOException {
    byte[] swapped = sealed();
    int chunk = SealHeader.SEALED_CHUNK_SIZE_BYTES;
    int first = SealHeader.SIZE_BYTES;
    byte[] one = Arrays.copyOfRange(swapped, first, first + chunk);
    System.arraycopy(swapped, first + chunk, swapped, first, chunk);
    System.arraycopy(one, 0, swapped, first + chunk, chunk);
    Files.write(directory.resolve("y"), sealed());
    assertEquals(StoreFault.DAMAGED, readFault("y", KEY));
    Files.write(directory.resolve("x"), swapped);
    assertEquals(StoreFault.DAMAGED, readFault("x", KEY));
  }

  @Test
  void anotherKeyAndAnObjectWithoutOneAreSaidToBeThat() throws IOException {
    sealed();
    byte[] other = new byte[32];
    other[31] = 1;
    assertEquals(StoreFault.DENIED, readFault("x", new SealKey(other)));
    Files.write(directory.resolve("plain"), random());
    assertEquals(StoreFault.DAMAGED, readFault("plain", KEY));
  }

  @Test
  void nothingReadableIsStoredAndEqualContentIsSealedEqually() throws IOException {
    byte[] words =
        "an acknowledged write is never lost".repeat(100).getBytes(StandardCharsets.UTF_8);
    empty().put("words", Content.of(words), false);
    byte[] once = Files.readAllBytes(directory.resolve("words"));
    assertFalse(new String(once, StandardCharsets.ISO_8859_1).contains("never lost"));
    empty().put("words", Content.of(words), false);
    assertArrayEquals(once, Files.readAllBytes(directory.resolve("words")));
    words[0]++;
    empty().put("words", Content.of(words), false);
    byte[] other = Files.readAllBytes(directory.resolve("words"));
    assertFalse(
        Arrays.equals(once, 24, SealHeader.SIZE_BYTES, other, 24, SealHeader.SIZE_BYTES),
        "other content has another salt");
  }

  @Test
  void sealedContentCanBeReadFromAnyByteOn() throws IOException {
    byte[] whole = sealed();
    SealedContent content = new SealedContent("x", Content.of(random()), KEY);
    assertEquals(whole.length, content.sizeBytes());
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      int from = i == 0 ? SealHeader.SIZE_BYTES : random.nextInt(whole.length);
      try (InputStream in = content.open(from)) {
        byte[] rest = Arrays.copyOfRange(whole, from, whole.length);
        assertArrayEquals(rest, in.readAllBytes(), "from " + from + ", seed " + seed);
      }
    }
  }

  @Test
  void keyFilesAreBytesOrDigits() throws IOException {
    byte[] secret = new byte[32];
    new Random(2).nextBytes(secret);
    Path file = directory.resolve("key");
    Files.write(file, secret);
    long id = SealKey.read(file).id();
    Files.writeString(file, HexFormat.of().formatHex(secret) + "\n");
    assertEquals(id, SealKey.read(file).id());
    Files.writeString(file, "abc");
    assertEquals(
        StoreFault.REFUSED, assertThrows(StoreException.class, () -> SealKey.read(file)).fault());
    Files.delete(file);
    assertEquals(
        StoreFault.NOT_FOUND, assertThrows(StoreException.class, () -> SealKey.read(file)).fault());
  }
}
