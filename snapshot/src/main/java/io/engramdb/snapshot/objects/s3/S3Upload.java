package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.PutReport;
import io.engramdb.snapshot.objects.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListPartsRequest;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One large object on its way, in parts, one after the other: a snapshot has hours, and the node
 * whose disk and network it takes has clients. What fails leaves the parts in the service for the
 * next attempt. One thread.
 */
final class S3Upload {
  private static final Logger LOG = LoggerFactory.getLogger(S3Upload.class);

  /** S3 takes 10,000 of them. */
  private static final int MAX_PARTS = 9_000;

  private static final int MIB = 1 << 20;

  /** S3's own bound. */
  private static final long MAX_PART_SIZE_BYTES = 1 << 30;

  /** Turns the client's failures into those of a store. */
  interface Faults {
    StoreException of(String verb, String name, SdkException failure);
  }

  private final S3Client client;
  private final S3Settings settings;
  private final String name;
  private final String key;
  private final Content content;
  private final Faults faults;
  private final int partSizeBytes;
  private int sent;
  private int kept;

  S3Upload(S3Client client, S3Settings settings, String name, Content content, Faults faults)
      throws IOException {
    this.client = client;
    this.settings = settings;
    this.name = name;
    this.key = settings.prefix() + name;
    this.content = content;
    this.faults = faults;
    partSizeBytes = partSizeBytes(content.sizeBytes(), settings.partSizeBytes());
  }

  /** The same for the same size, so that an upload can go on. */
  private static int partSizeBytes(long sizeBytes, int atLeast) throws IOException {
    long wholeMib = Math.ceilDiv(Math.ceilDiv(sizeBytes, MAX_PARTS), MIB) * MIB;
    long size = Math.max(atLeast, wholeMib);
    if (wholeMib > MAX_PART_SIZE_BYTES) {
      throw new IOException("an object of " + sizeBytes + " bytes is too large for S3");
    }
    return sizeBytes <= (long) atLeast * MAX_PARTS ? atLeast : (int) size;
  }

  PutReport run() throws IOException {
    String upload = newest();
    Map<Integer, Part> there = upload == null ? Map.of() : parts(upload);
    if (upload == null) {
      upload = begin();
    } else {
      LOG.info("the upload of {} goes on, {} parts are there", name, there.size());
    }
    List<CompletedPart> parts = send(upload, there);
    end(upload, parts);
    return new PutReport(sent, kept);
  }

  /** The upload of this object that was begun last, or null. */
  private @Nullable String newest() throws StoreException {
    ListMultipartUploadsRequest request =
        ListMultipartUploadsRequest.builder().bucket(settings.bucket()).prefix(key).build();
    return asked(
            "list uploads of",
            () ->
                client.listMultipartUploads(request).uploads().stream()
                    .filter(each -> each.key().equals(key))
                    .max(
                        Comparator.comparing(
                            MultipartUpload::initiated,
                            Comparator.nullsFirst(Comparator.naturalOrder())))
                    .map(MultipartUpload::uploadId))
        .orElse(null);
  }

  private Map<Integer, Part> parts(String upload) throws StoreException {
    Map<Integer, Part> there = new HashMap<>();
    Integer marker = null;
    do {
      ListPartsRequest request =
          ListPartsRequest.builder()
              .bucket(settings.bucket())
              .key(key)
              .uploadId(upload)
              .partNumberMarker(marker)
              .build();
      ListPartsResponse page = asked("list parts of", () -> client.listParts(request));
      page.parts().forEach(each -> there.put(each.partNumber(), each));
      marker = Boolean.TRUE.equals(page.isTruncated()) ? page.nextPartNumberMarker() : null;
    } while (marker != null && there.size() < MAX_PARTS);
    return there;
  }

  private String begin() throws StoreException {
    CreateMultipartUploadRequest request =
        CreateMultipartUploadRequest.builder()
            .bucket(settings.bucket())
            .key(key)
            .checksumAlgorithm(ChecksumAlgorithm.CRC32_C)
            .serverSideEncryption(settings.encryption())
            .ssekmsKeyId(settings.kmsKey())
            .storageClass(settings.storageClass())
            .build();
    return asked("put", () -> client.createMultipartUpload(request)).uploadId();
  }

  private List<CompletedPart> send(String upload, Map<Integer, Part> there) throws IOException {
    List<CompletedPart> parts = new ArrayList<>();
    try (InputStream in = content.open(0)) {
      int number = 1;
      for (long left = content.sizeBytes(); left > 0; number++) {
        int size = (int) Math.min(partSizeBytes, left);
        byte[] bytes = in.readNBytes(size);
        if (bytes.length != size) {
          throw new IOException("the content has fewer bytes than it says");
        }
        Part same = there.get(number);
        boolean isThere = PartSum.isSame(same, bytes, size);
        String sum = PartSum.crc32c(bytes, size);
        String tag = isThere ? keep(same) : send(upload, number, bytes, sum);
        // The sum that was computed here: not every service says those of parts.
        parts.add(CompletedPart.builder().partNumber(number).eTag(tag).checksumCRC32C(sum).build());
        left -= size;
      }
    }
    return parts;
  }

  private String keep(Part there) {
    kept++;
    return there.eTag();
  }

  private String send(String upload, int number, byte[] bytes, String sum) throws StoreException {
    UploadPartRequest request =
        UploadPartRequest.builder()
            .bucket(settings.bucket())
            .key(key)
            .uploadId(upload)
            .partNumber(number)
            .contentLength((long) bytes.length)
            .checksumCRC32C(sum)
            .build();
    UploadPartResponse response =
        asked("put", () -> client.uploadPart(request, RequestBody.fromBytes(bytes)));
    sent++;
    return response.eTag();
  }

  private void end(String upload, List<CompletedPart> parts) throws StoreException {
    try {
      client.completeMultipartUpload(
          r ->
              r.bucket(settings.bucket())
                  .key(key)
                  .uploadId(upload)
                  .multipartUpload(all -> all.parts(parts)));
    } catch (AwsServiceException e) {
      // The answer to an earlier attempt may have been lost: then the upload is gone and the
      // object is there.
      if (!S3Faults.isNotFound(e) || !isComplete()) {
        throw faults.of("put", name, e);
      }
    } catch (SdkException e) {
      throw faults.of("put", name, e);
    }
  }

  private boolean isComplete() throws StoreException {
    try {
      return client.headObject(r -> r.bucket(settings.bucket()).key(key)).contentLength()
          == content.sizeBytes();
    } catch (AwsServiceException e) {
      if (S3Faults.isNotFound(e)) {
        return false;
      }
      throw faults.of("look for", name, e);
    } catch (SdkException e) {
      throw faults.of("look for", name, e);
    }
  }

  private <T> T asked(String verb, Supplier<T> request) throws StoreException {
    try {
      return request.get();
    } catch (SdkException e) {
      throw faults.of(verb, name, e);
    }
  }
}
