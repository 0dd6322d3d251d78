package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.ObjectNames;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.PutReport;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.objects.StoredObject;
import io.engramdb.snapshot.objects.UnfinishedUpload;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A bucket, or what stands below a prefix in it, as a store. Any thread. */
public final class S3Objects implements ObjectStore {

  /** Largest object that is sent in one request, and the size of a part of a larger one. */
  static final int PART_SIZE_BYTES = 8 << 20;

  private final S3Client client;
  private final S3Settings settings;

  S3Objects(S3Client client, S3Settings settings) {
    this.client = client;
    this.settings = settings;
  }

  /** The store of an address; nobody is asked yet. */
  public static S3Objects open(StoreUrl url) throws StoreException {
    S3Settings settings = S3Settings.of(url);
    try {
      return new S3Objects(S3Clients.of(settings, null), settings);
    } catch (SdkException e) {
      throw S3Faults.of("can't speak to " + url, e);
    }
  }

  @Override
  public String description() {
    String prefix = settings.prefix();
    return "s3://"
        + settings.bucket()
        + (prefix.isEmpty() ? "" : "/" + prefix.substring(0, prefix.length() - 1));
  }

  @Override
  public void check() throws IOException {
    asked(
        "look into",
        "",
        () ->
            client.listObjectsV2(
                ListObjectsV2Request.builder()
                    .bucket(settings.bucket())
                    .prefix(settings.prefix())
                    .maxKeys(1)
                    .build()));
  }

  @Override
  public PutReport put(String name, Content content, boolean onlyNew) throws IOException {
    ObjectNames.valid(name);
    if (content.sizeBytes() > settings.partSizeBytes()) {
      if (onlyNew && find(name) != null) {
        throw exists(name);
      }
      return new S3Upload(client, settings, name, content, this::faulted).run();
    }
    byte[] bytes;
    try (InputStream in = content.open(0)) {
      bytes = in.readNBytes((int) content.sizeBytes());
    }
    if (bytes.length != content.sizeBytes()) {
      throw new IOException("the content has fewer bytes than it says");
    }
    putWhole(name, bytes, onlyNew);
    return new PutReport(1, 0);
  }

  private void putWhole(String name, byte[] bytes, boolean onlyNew) throws StoreException {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(settings.bucket())
            .key(settings.prefix() + name)
            .contentLength((long) bytes.length)
            .checksumCRC32C(PartSum.crc32c(bytes, bytes.length))
            .serverSideEncryption(settings.encryption())
            .ssekmsKeyId(settings.kmsKey())
            .storageClass(settings.storageClass());
    RequestBody body = RequestBody.fromBytes(bytes);
    if (!onlyNew) {
      asked("put", name, () -> client.putObject(request.build(), body));
      return;
    }
    try {
      client.putObject(request.ifNoneMatch("*").build(), body);
    } catch (AwsServiceException e) {
      if (!S3Faults.isNotImplemented(e)) {
        throw faulted("put", name, e);
      }
      // The service has no conditional writes: two at once may both succeed.
      if (find(name) != null) {
        throw exists(name);
      }
      asked("put", name, () -> client.putObject(request.ifNoneMatch(null).build(), body));
    } catch (SdkException e) {
      throw faulted("put", name, e);
    }
  }

  private StoreException exists(String name) {
    return new StoreException(
        StoreFault.EXISTS, description() + ": can't put " + name + ": it is there already");
  }

  @Override
  public void each(String prefix, String after, Visitor to) throws IOException {
    String token = null;
    do {
      // Where a page begins stands in its token; some services refuse to be told twice.
      boolean first = token == null && !after.isEmpty();
      ListObjectsV2Request request =
          ListObjectsV2Request.builder()
              .bucket(settings.bucket())
              .prefix(settings.prefix() + prefix)
              .startAfter(first ? settings.prefix() + after : null)
              .continuationToken(token)
              .build();
      ListObjectsV2Response page = asked("list", prefix, () -> client.listObjectsV2(request));
      for (S3Object each : page.contents()) {
        String name = each.key().substring(settings.prefix().length());
        if (ObjectNames.isValid(name)
            && name.compareTo(after) > 0
            && !to.visit(new StoredObject(name, each.size(), each.lastModified().toEpochMilli()))) {
          return;
        }
      }
      token = page.nextContinuationToken();
    } while (token != null);
  }

  private void requireBounded(int count) throws StoreException {
    if (count > MAX_LISTED) {
      throw new StoreException(
          StoreFault.REFUSED, description() + " has more than " + MAX_LISTED + " uploads there");
    }
  }

  @Override
  public @Nullable StoredObject find(String name) throws StoreException {
    try {
      HeadObjectResponse head =
          client.headObject(r -> r.bucket(settings.bucket()).key(settings.prefix() + name));
      return new StoredObject(name, head.contentLength(), head.lastModified().toEpochMilli());
    } catch (AwsServiceException e) {
      if (S3Faults.isNotFound(e)) {
        return null;
      }
      throw faulted("look for", name, e);
    } catch (SdkException e) {
      throw faulted("look for", name, e);
    }
  }

  @Override
  public InputStream open(String name, long fromByte, long sizeBytes) throws IOException {
    ObjectNames.valid(name);
    if (sizeBytes <= 0) {
      return InputStream.nullInputStream();
    }
    long end = fromByte > Long.MAX_VALUE - sizeBytes ? Long.MAX_VALUE : fromByte + sizeBytes;
    boolean whole = fromByte == 0 && end == Long.MAX_VALUE;
    try {
      return stream(name, fromByte, end, whole);
    } catch (StoreException e) {
      if (S3Faults.isBehindEnd(e)) {
        return InputStream.nullInputStream();
      }
      throw e;
    }
  }

  private InputStream stream(String name, long fromByte, long end, boolean whole)
      throws IOException {
    return new S3Stream(
        (from, tag) -> {
          // An empty object has no range that could be asked for.
          String range = whole && from == 0 ? null : "bytes=" + from + "-" + (end - 1);
          GetObjectRequest request =
              GetObjectRequest.builder()
                  .bucket(settings.bucket())
                  .key(settings.prefix() + name)
                  .range(range)
                  .ifMatch(tag)
                  .build();
          return asked("read", name, () -> client.getObject(request));
        },
        what("read", name),
        fromByte,
        end);
  }

  @Override
  public void delete(String name) throws IOException {
    ObjectNames.valid(name);
    asked(
        "delete",
        name,
        () -> client.deleteObject(r -> r.bucket(settings.bucket()).key(settings.prefix() + name)));
  }

  @Override
  public List<UnfinishedUpload> unfinished() throws IOException {
    List<UnfinishedUpload> found = new ArrayList<>();
    String key = null;
    String upload = null;
    boolean more;
    do {
      ListMultipartUploadsRequest request =
          ListMultipartUploadsRequest.builder()
              .bucket(settings.bucket())
              .prefix(settings.prefix())
              .keyMarker(key)
              .uploadIdMarker(upload)
              .build();
      ListMultipartUploadsResponse page =
          asked("list uploads of", "", () -> client.listMultipartUploads(request));
      for (MultipartUpload each : page.uploads()) {
        found.add(
            new UnfinishedUpload(
                each.key().substring(settings.prefix().length()),
                each.uploadId(),
                each.initiated() == null ? 0 : each.initiated().toEpochMilli()));
      }
      requireBounded(found.size());
      key = page.nextKeyMarker();
      upload = page.nextUploadIdMarker();
      more = Boolean.TRUE.equals(page.isTruncated()) && key != null;
    } while (more);
    return found;
  }

  @Override
  public void abandon(UnfinishedUpload upload) throws IOException {
    try {
      client.abortMultipartUpload(
          r ->
              r.bucket(settings.bucket())
                  .key(settings.prefix() + upload.name())
                  .uploadId(upload.id()));
    } catch (AwsServiceException e) {
      if (!S3Faults.isNotFound(e)) {
        throw faulted("abandon the upload of", upload.name(), e);
      }
    } catch (SdkException e) {
      throw faulted("abandon the upload of", upload.name(), e);
    }
  }

  @Override
  public void close() {
    client.close();
  }

  private <T> T asked(String verb, String name, Supplier<T> request) throws StoreException {
    try {
      return request.get();
    } catch (SdkException e) {
      throw faulted(verb, name, e);
    }
  }

  private StoreException faulted(String verb, String name, SdkException e) {
    return S3Faults.of(what(verb, name), e);
  }

  private String what(String verb, String name) {
    return description() + ": can't " + verb + (name.isEmpty() ? " it" : " " + name);
  }
}
