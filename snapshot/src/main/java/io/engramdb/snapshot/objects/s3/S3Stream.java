package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads an object; a connection that breaks is replaced by one that goes on where it stood, in the
 * same version of the object. One thread.
 */
final class S3Stream extends InputStream {

  /** Connections that may break one after the other without a byte in between. */
  private static final int MAX_BREAKS_IN_A_ROW = 3;

  /** Asks for the object from a byte on, if it is still the version with this tag. */
  interface Source {
    ResponseInputStream<GetObjectResponse> from(long fromByte, @Nullable String tag)
        throws IOException;
  }

  private final Source source;
  private final String what;
  private ResponseInputStream<GetObjectResponse> in;
  private final @Nullable String tag;
  private long position;
  private final long endByte;
  private int breaks;

  /**
   * A stream.
   *
   * @param what for messages
   * @param endByte behind the last one wanted; the object may end earlier
   */
  S3Stream(Source source, String what, long fromByte, long endByte) throws IOException {
    this.source = source;
    this.what = what;
    position = fromByte;
    in = source.from(fromByte, null);
    tag = in.response().eTag();
    Long size = in.response().contentLength();
    this.endByte = size == null ? endByte : Math.min(endByte, fromByte + size);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (position < endByte) {
      IOException broken;
      try {
        int size = in.read(bytes, offset, (int) Math.min(length, endByte - position));
        if (size > 0) {
          position += size;
          breaks = 0;
          return size;
        }
        broken = new IOException("it ended " + (endByte - position) + " bytes too early");
      } catch (IOException e) {
        broken = e;
      } catch (SdkException e) {
        broken = new IOException(e.getMessage(), e);
      }
      reopen(broken);
    }
    return -1;
  }

  private void reopen(IOException broken) throws IOException {
    in.abort();
    if (++breaks > MAX_BREAKS_IN_A_ROW) {
      throw new StoreException(
          StoreFault.UNREACHABLE, what + ": the connection breaks: " + broken.getMessage(), broken);
    }
    in = source.from(position, tag);
  }

  @Override
  public void close() throws IOException {
    if (position < endByte) {
      // Otherwise the rest of the object would be fetched to use the connection again.
      in.abort();
    } else {
      in.close();
    }
  }
}
