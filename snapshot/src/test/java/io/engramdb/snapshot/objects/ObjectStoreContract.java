package io.engramdb.snapshot.objects;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What every store promises. */
public abstract class ObjectStoreContract {

  /** Sizes around those of sealed chunks and of the parts that the tests use. */
  private static final int[] SIZES_BYTES = {
    0, 1, 55, 56, 65535, 65536, 65537, 131_071, 131_072, 200_000
  };

  private ObjectStore store;

  /** A store in which nothing is. */
  protected abstract ObjectStore empty() throws Exception;

  /** Larger than what is put in one request. */
  protected int largeSizeBytes() {
    return 200_000;
  }

  @BeforeEach
  void open() throws Exception {
    store = empty();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static byte[] random(int sizeBytes) {
    byte[] bytes = new byte[sizeBytes];
    new Random(sizeBytes).nextBytes(bytes);
    return bytes;
  }

  private byte[] read(String name, long from, long size) throws IOException {
    try (InputStream in = store.open(name, from, size)) {
      return in.readAllBytes();
    }
  }

  private static StoreFault faultOf(Executable action) {
    return assertThrows(StoreException.class, action).fault();
  }

  @Test
  void whatIsPutComesBack() throws IOException {
    for (int size : SIZES_BYTES) {
      byte[] bytes = random(size);
      store.put("a/b-" + size + ".rdb", Content.of(bytes), false);
      assertArrayEquals(bytes, read("a/b-" + size + ".rdb", 0, Long.MAX_VALUE), size + " bytes");
      StoredObject found = store.find("a/b-" + size + ".rdb");
      assertNotNull(found);
      assertEquals(size, found.sizeBytes());
    }
  }

  @Test
  void rangesAreWhatStandsThere() throws IOException {
    byte[] bytes = random(200_000);
    store.put("x", Content.of(bytes), false);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 30; i++) {
      int from = random.nextInt(bytes.length);
      int size = random.nextInt(bytes.length);
      byte[] expected = Arrays.copyOfRange(bytes, from, Math.min(200_000, from + size));
      assertArrayEquals(expected, read("x", from, size), "seed " + seed + " at " + from);
    }
    assertEquals(0, read("x", 200_000, 10).length);
    assertEquals(1, read("x", 199_999, 10).length);
  }

  @Test
  void aPutReplacesTheWhole() throws IOException {
    store.put("x", Content.of(random(largeSizeBytes())), false);
    store.put("x", Content.of(random(3)), false);
    assertArrayEquals(random(3), read("x", 0, Long.MAX_VALUE));
  }

  @Test
  void whatIsToBeNewDoesNotReplace() throws IOException {
    for (int size : new int[] {10, largeSizeBytes()}) {
      String name = "new-" + size;
      store.put(name, Content.of(random(size)), true);
      assertEquals(
          StoreFault.EXISTS, faultOf(() -> store.put(name, Content.of(random(size + 1)), true)));
      assertArrayEquals(random(size), read(name, 0, Long.MAX_VALUE));
    }
  }

  @Test
  void listsByPrefixInOrder() throws IOException {
    for (String name : List.of("b/2", "a/x/1", "b/1", "a/x/2", "ab")) {
      store.put(name, Content.of(random(5)), false);
    }
    assertEquals(List.of("a/x/1", "a/x/2", "ab", "b/1", "b/2"), names(""));
    assertEquals(List.of("a/x/1", "a/x/2"), names("a/"));
    assertEquals(List.of("b/2"), names("b/2"));
    assertEquals(List.of(), names("c"));
    assertEquals(5, store.list("").getFirst().sizeBytes());
  }

  @Test
  void showsOneAfterTheOtherFromWhereverOneLikes() throws IOException {
    List<String> all =
        List.of("a-b", "a-b/1", "a.b/x", "a/-", "a/x/1", "a/x/2", "a0", "b/1", "b/2");
    for (String name : List.of("b/2", "a/x/2", "a0", "a.b/x", "a/-", "b/1", "a/x/1")) {
      store.put(name, Content.of(random(5)), false);
    }
    List<String> present = names("");
    assertEquals(List.of("a.b/x", "a/-", "a/x/1", "a/x/2", "a0", "b/1", "b/2"), present);
    for (String after : all) {
      for (String prefix : List.of("", "a", "a/", "a/x", "a/x/", "b/2", "c", "b/2/")) {
        List<String> expected =
            present.stream()
                .filter(each -> each.startsWith(prefix) && each.compareTo(after) > 0)
                .toList();
        assertEquals(expected, shown(prefix, after, 9), prefix + " behind " + after);
        assertEquals(
            expected.stream().limit(2).toList(),
            shown(prefix, after, 2),
            "two of " + prefix + " behind " + after);
      }
    }
  }

  private List<String> shown(String prefix, String after, int most) throws IOException {
    List<String> shown = new ArrayList<>();
    store.each(
        prefix,
        after,
        object -> {
          shown.add(object.name());
          return shown.size() < most;
        });
    return shown;
  }

  private List<String> names(String prefix) throws IOException {
    return store.list(prefix).stream().map(StoredObject::name).toList();
  }

  @Test
  void whatIsDeletedIsGoneAndMayBeDeletedAgain() throws IOException {
    store.put("a/b", Content.of(random(5)), false);
    store.delete("a/b");
    store.delete("a/b");
    store.delete("never/there");
    assertNull(store.find("a/b"));
    assertEquals(List.of(), names(""));
    assertEquals(StoreFault.NOT_FOUND, faultOf(() -> read("a/b", 0, 10)));
  }

  @Test
  void strangeNamesAreRefused() {
    for (String name : List.of("", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a b", "a.tmp")) {
      Content content = Content.of(random(5));
      assertEquals(StoreFault.REFUSED, faultOf(() -> store.put(name, content, false)), name);
    }
  }

  @Test
  void aContentThatIsShorterThanItSaysIsNoObject() throws IOException {
    for (int size : new int[] {100, largeSizeBytes()}) {
      Content shorter =
          new Content() {
            @Override
            public long sizeBytes() {
              return size;
            }

            @Override
            public InputStream open(long fromByte) {
              return new ByteArrayInputStream(random(size - 1));
            }
          };
      assertThrows(IOException.class, () -> store.put("short", shorter, false));
      assertNull(store.find("short"));
    }
    for (UnfinishedUpload each : store.unfinished()) {
      assertEquals("short", each.name());
      store.abandon(each);
      store.abandon(each);
    }
    assertEquals(List.of(), store.unfinished());
  }

  @Test
  void aStoreThatIsThereIsFine() throws IOException {
    store.put("x", Content.of(random(1)), false);
    store.check();
  }
}
