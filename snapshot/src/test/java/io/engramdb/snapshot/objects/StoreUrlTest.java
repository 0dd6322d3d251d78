package io.engramdb.snapshot.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StoreUrlTest {
  @Test
  void addressesAreRead() {
    assertEquals(
        new StoreUrl("s3", "shop", "a/b/", Map.of("region", "eu-central-1", "sse", "aws:kms")),
        StoreUrl.parse("s3://shop/a/b/?region=eu-central-1&sse=aws:kms"));
    assertEquals(new StoreUrl("s3", "shop", "", Map.of()), StoreUrl.parse("s3://shop"));
    assertEquals(new StoreUrl("file", "/var/x", "", Map.of()), StoreUrl.parse("file:/var/x"));
    assertEquals(new StoreUrl("file", "/var/x", "", Map.of()), StoreUrl.parse("file:///var/x"));
    assertEquals(
        new StoreUrl("file", "x", "", Map.of("key-file", "/k")),
        StoreUrl.parse("file:x?key-file=/k"));
  }

  @Test
  void anObjectIsSplitFromItsStore() {
    StoreUrl url = StoreUrl.parse("s3://shop/a/dump.rdb?region=x");
    assertEquals("s3://shop/a", url.parent().toString());
    assertEquals("dump.rdb", url.lastName());
    assertEquals(Map.of("region", "x"), url.parent().options());
    StoreUrl file = StoreUrl.parse("file:/var/dump.rdb");
    assertEquals("file:/var/", file.parent().toString());
    assertEquals("dump.rdb", file.lastName());
    assertEquals(".", StoreUrl.parse("file:dump.rdb").parent().place());
    assertEquals("s3://shop/", StoreUrl.parse("s3://shop/dump.rdb").parent().toString());
  }

  @Test
  void relativePathsBeginWhereTheyWereSaid() {
    Path here = Path.of("/home/x");
    assertEquals("file:/home/x/backups", StoreUrl.absolute("file:backups", here));
    assertEquals("file:/var/b", StoreUrl.absolute("file:///var/b", here));
    assertEquals("file:/home/x/b?key-file=/home/x/k", StoreUrl.absolute("file:b?key-file=k", here));
    assertEquals(
        "s3://shop/a?region=k&key-file=/home/x/k&sse=AES256",
        StoreUrl.absolute("s3://shop/a?region=k&key-file=k&sse=AES256", here));
    assertEquals("s3://shop", StoreUrl.absolute("s3://shop", here));
    assertThrows(IllegalArgumentException.class, () -> StoreUrl.absolute("nowhere", here));
  }

  @Test
  void whatIsNoAddressIsRefusedWithAReason() {
    for (String text :
        List.of(
            "",
            "/var/x",
            "http://x/y",
            "s3:/x",
            "s3://",
            "s3://b/../x",
            "s3://b?colour=red",
            "file:",
            "file:/x?region=eu",
            "s3://b?region",
            "s3://b?region=a&region=b")) {
      assertThrows(IllegalArgumentException.class, () -> StoreUrl.parse(text), text);
    }
  }
}
