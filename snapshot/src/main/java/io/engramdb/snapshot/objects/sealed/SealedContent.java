package io.engramdb.snapshot.objects.sealed;

import io.engramdb.snapshot.objects.Content;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;

/** A content as it leaves, sealed while it is read. */
final class SealedContent implements Content {
  private final SealHeader header;
  private final Content content;

  SealedContent(String name, Content content, SealKey key) throws IOException {
    this.header = SealHeader.of(name, content, key);
    this.content = content;
  }

  @Override
  public long sizeBytes() {
    return SealHeader.sealedSizeBytes(content.sizeBytes());
  }

  @Override
  public InputStream open(long fromByte) throws IOException {
    long behindHeader = fromByte - SealHeader.SIZE_BYTES;
    long chunk = behindHeader < 0 ? 0 : behindHeader / SealHeader.SEALED_CHUNK_SIZE_BYTES;
    Sealing stream = new Sealing(chunk, behindHeader < 0);
    stream.skipNBytes(
        behindHeader < 0 ? fromByte : behindHeader - chunk * SealHeader.SEALED_CHUNK_SIZE_BYTES);
    return stream;
  }

  private final class Sealing extends ChunkStream {
    private final InputStream in;

    Sealing(long chunk, boolean withHeader) throws IOException {
      super(chunk, header.chunkCount(), withHeader ? header.bytes() : new byte[0]);
      in = content.open(chunk * SealHeader.CHUNK_SIZE_BYTES);
    }

    @Override
    byte[] next(long chunk) throws IOException {
      int wanted = header.chunkSizeBytes(chunk);
      byte[] plain = in.readNBytes(wanted);
      if (plain.length != wanted) {
        throw new IOException("the content is shorter than it was when it was measured");
      }
      try {
        return header.process(true, chunk, plain, plain.length);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
