package io.engramdb.snapshot.objects.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.PutReport;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.objects.UnfinishedUpload;
import io.engramdb.snapshot.objects.sealed.SealKey;
import io.engramdb.snapshot.objects.sealed.SealedObjects;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** S3 when it denies, is slow, fails in the middle, and comes back. */
class S3FaultsTest {
  private static final int PART = S3Server.PART_SIZE_BYTES;
  private static final int LARGE = 4 * PART + 17;
  private static final String SHORT = "&attempt-timeout-ms=300";

  private static S3Server server;
  private FaultyProxy proxy;
  private String prefix;
  private S3Objects store;

  @BeforeAll
  static void start() throws Exception {
    server = S3Server.shared();
  }

  @BeforeEach
  void open() throws IOException {
    proxy = new FaultyProxy(server.port());
    prefix = UUID.randomUUID().toString();
    store = store("", S3Server.SECRET);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    proxy.close();
  }

  private S3Objects store(String options, String secret) {
    StoreUrl url = StoreUrl.parse(S3Server.url(proxy.port(), prefix) + options);
    S3Settings settings = S3Settings.of(url).withPartSizeBytes(PART);
    return new S3Objects(S3Server.client(settings, secret), settings);
  }

  private static byte[] random(int sizeBytes) {
    byte[] bytes = new byte[sizeBytes];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private static StoreFault faultOf(Executable action) {
    StoreException e = assertThrows(StoreException.class, action);
    assertTrue(e.getMessage().startsWith("s3://backups"), e.getMessage());
    return e.fault();
  }

  private static byte[] read(ObjectStore from, String name) throws IOException {
    try (InputStream in = from.open(name, 0, Long.MAX_VALUE)) {
      return in.readAllBytes();
    }
  }

  @Test
  void aWrongSecretIsDeniedInEveryCall() {
    try (S3Objects stranger = store("", "not the secret")) {
      assertEquals(StoreFault.DENIED, faultOf(stranger::check));
      assertEquals(
          StoreFault.DENIED, faultOf(() -> stranger.put("x", Content.of(random(10)), true)));
      assertEquals(
          StoreFault.DENIED, faultOf(() -> stranger.put("x", Content.of(random(LARGE)), false)));
      assertEquals(StoreFault.DENIED, faultOf(() -> stranger.list("")));
      assertEquals(StoreFault.DENIED, faultOf(() -> stranger.find("x")));
      assertEquals(StoreFault.DENIED, faultOf(() -> read(stranger, "x")));
      assertEquals(StoreFault.DENIED, faultOf(() -> stranger.delete("x")));
    }
  }

  @Test
  void aBucketThatIsNotThereIsSaidToBeMissing() {
    StoreUrl url =
        StoreUrl.parse("s3://no-such-bucket/x?endpoint=http://127.0.0.1:" + server.port());
    S3Settings settings = S3Settings.of(url);
    try (S3Objects other = new S3Objects(S3Server.client(settings, S3Server.SECRET), settings)) {
      StoreException e = assertThrows(StoreException.class, other::check);
      assertEquals(StoreFault.NOT_FOUND, e.fault(), e.getMessage());
    }
  }

  @Test
  void aServiceThatSaysNothingIsSlowWithinTheBound() {
    proxy.setMode(FaultyProxy.Mode.SILENT);
    try (S3Objects hasty = store(SHORT, S3Server.SECRET)) {
      assertEquals(StoreFault.SLOW, faultOf(() -> hasty.put("x", Content.of(random(10)), false)));
      assertEquals(StoreFault.SLOW, faultOf(() -> read(hasty, "x")));
    }
  }

  @Test
  void aServiceThatAsksForPatienceIsSlowAndComesBack() throws IOException {
    proxy.setMode(FaultyProxy.Mode.BUSY);
    StoreFault fault = faultOf(() -> store.put("x", Content.of(random(10)), false));
    assertEquals(StoreFault.SLOW, fault);
    assertTrue(fault.isPassing());
    proxy.setMode(FaultyProxy.Mode.PASS);
    store.put("x", Content.of(random(10)), false);
    assertArrayEquals(random(10), read(store, "x"));
  }

  @Test
  void nobodyAtThatPortIsUnreachable() throws IOException {
    proxy.close();
    assertEquals(StoreFault.UNREACHABLE, faultOf(store::check));
  }

  @Test
  void aConnectionThatBreaksOnceIsTriedAgain() throws IOException {
    proxy.breakAfterBytes = 3L * PART / 2;
    proxy.breaksLeft = 2;
    proxy.setMode(FaultyProxy.Mode.BREAK_REQUESTS);
    byte[] bytes = random(LARGE);
    assertEquals(new PutReport(5, 0), store.put("x", Content.of(bytes), false));
    assertTrue(proxy.breaks() > 0, "nothing was broken");
    proxy.setMode(FaultyProxy.Mode.PASS);
    assertArrayEquals(bytes, read(store, "x"));
  }

  @Test
  void aReadThatBreaksGoesOnWhereItStood() throws IOException {
    byte[] bytes = random(LARGE);
    store.put("x", Content.of(bytes), false);
    proxy.breakAfterBytes = 3L * PART / 2;
    proxy.breaksLeft = 2;
    proxy.setMode(FaultyProxy.Mode.BREAK_REPLIES);
    assertArrayEquals(bytes, read(store, "x"));
    assertEquals(2, proxy.breaks());
  }

  @Test
  void aReadThatBreaksAllTheTimeEnds() throws IOException {
    store.put("x", Content.of(random(2 * PART)), false);
    proxy.breakAfterBytes = PART / 2;
    proxy.setMode(FaultyProxy.Mode.BREAK_REPLIES);
    assertEquals(StoreFault.UNREACHABLE, faultOf(() -> read(store, "x")));
  }

  @Test
  void anUploadThatWasInterruptedGoesOnWithWhatIsThere() throws IOException {
    byte[] bytes = random(LARGE);
    interrupt(store, bytes);
    List<UnfinishedUpload> unfinished = store.unfinished();
    assertEquals(List.of("x"), unfinished.stream().map(UnfinishedUpload::name).toList());
    PutReport report = store.put("x", Content.of(bytes), false);
    assertEquals(5, report.sentParts() + report.keptParts());
    assertTrue(report.keptParts() >= 2, report.toString());
    assertArrayEquals(bytes, read(store, "x"));
    assertEquals(List.of(), store.unfinished());
  }

  /** Three of five parts arrive, or four. */
  private void interrupt(ObjectStore into, byte[] bytes) {
    proxy.breakAfterBytes = 7L * PART / 2;
    proxy.setMode(FaultyProxy.Mode.BREAK_REQUESTS);
    Content content = Content.of(bytes);
    assertEquals(StoreFault.UNREACHABLE, faultOf(() -> into.put("x", content, false)));
    proxy.setMode(FaultyProxy.Mode.PASS);
  }

  @Test
  void partsOfOtherContentAreNotKept() throws IOException {
    byte[] bytes = random(LARGE);
    interrupt(store, bytes);
    byte[] other = bytes.clone();
    other[0]++;
    PutReport report = store.put("x", Content.of(other), false);
    assertTrue(report.sentParts() > 0 && report.keptParts() < 5, report.toString());
    assertArrayEquals(other, read(store, "x"));
  }

  @Test
  void anAbandonedUploadIsGone() throws IOException {
    interrupt(store, random(LARGE));
    for (UnfinishedUpload each : store.unfinished()) {
      store.abandon(each);
    }
    assertEquals(List.of(), store.unfinished());
    assertNull(store.find("x"));
  }

  @Test
  void aSealedUploadGoesOnToo() throws IOException {
    byte[] bytes = random(LARGE);
    SealKey key = new SealKey(new byte[32]);
    interrupt(new SealedObjects(store, key), bytes);
    ObjectStore again = new SealedObjects(store, key);
    PutReport report = again.put("x", Content.of(bytes), false);
    assertTrue(report.keptParts() >= 2, report.toString());
    assertArrayEquals(bytes, read(again, "x"));
  }

  @Test
  void whatTheServiceIsToDoIsSaid() {
    String options = "&sse=aws:kms&kms-key=key-1&storage-class=STANDARD_IA";
    try (S3Objects careful = store(options, S3Server.SECRET)) {
      for (int size : new int[] {10, 2 * PART}) {
        try {
          careful.put("x" + size, Content.of(random(size)), false);
        } catch (IOException serverHasNoSuchThing) {
          assertNotNull(serverHasNoSuchThing.getMessage());
        }
      }
    }
    String[] requests = proxy.seen().split("(?=(PUT|POST) /backups)");
    int said = 0;
    for (String each : requests) {
      if (each.contains("x-amz-server-side-encryption: aws:kms")) {
        assertTrue(each.contains("x-amz-server-side-encryption-aws-kms-key-id: key-1"), each);
        assertTrue(each.contains("x-amz-storage-class: STANDARD_IA"), each);
        said++;
      }
    }
    assertTrue(said >= 2, "only " + said + " of " + requests.length);
    assertFalse(proxy.seen().contains("aws-chunked"));
    assertTrue(proxy.seen().contains("x-amz-checksum-crc32c"));
  }
}
