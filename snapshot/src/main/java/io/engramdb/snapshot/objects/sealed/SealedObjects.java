package io.engramdb.snapshot.objects.sealed;

import io.engramdb.snapshot.objects.BoundedStream;
import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.PutReport;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import io.engramdb.snapshot.objects.StoredObject;
import io.engramdb.snapshot.objects.UnfinishedUpload;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Any store, with every object sealed; see the package document. Any thread. */
public final class SealedObjects implements ObjectStore {
  private final ObjectStore store;
  private final SealKey key;

  /** Seals what goes into this store. */
  public SealedObjects(ObjectStore store, SealKey key) {
    this.store = store;
    this.key = key;
  }

  @Override
  public String description() {
    return store.description() + " (sealed)";
  }

  @Override
  public void check() throws IOException {
    store.check();
  }

  @Override
  public PutReport put(String name, Content content, boolean onlyNew) throws IOException {
    return store.put(name, new SealedContent(name, content, key), onlyNew);
  }

  @Override
  public void each(String prefix, String after, Visitor to) throws IOException {
    store.each(prefix, after, object -> to.visit(shown(object)));
  }

  @Override
  public @Nullable StoredObject find(String name) throws IOException {
    StoredObject found = store.find(name);
    return found == null ? null : shown(found);
  }

  private static StoredObject shown(StoredObject stored) {
    return new StoredObject(
        stored.name(), SealHeader.contentSizeBytes(stored.sizeBytes()), stored.modifiedMs());
  }

  @Override
  public InputStream open(String name, long fromByte, long sizeBytes) throws IOException {
    String where = store.description() + "/" + name;
    byte[] first;
    try (InputStream in = store.open(name, 0, SealHeader.SIZE_BYTES)) {
      first = in.readNBytes(SealHeader.SIZE_BYTES);
    }
    SealHeader header = SealHeader.read(first, name, key, where);
    long chunk = fromByte / SealHeader.CHUNK_SIZE_BYTES;
    if (fromByte > header.contentSizeBytes() || sizeBytes <= 0) {
      return InputStream.nullInputStream();
    }
    // At the end of whole chunks there is no further one, but an empty object's only chunk.
    chunk = Math.min(chunk, header.chunkCount() - 1);
    long end = Math.min(header.contentSizeBytes(), saturatedSum(fromByte, sizeBytes));
    long endChunk = Math.max(chunk + 1, Math.ceilDiv(end, SealHeader.CHUNK_SIZE_BYTES));
    long from = SealHeader.SIZE_BYTES + chunk * SealHeader.SEALED_CHUNK_SIZE_BYTES;
    long size = (endChunk - chunk) * SealHeader.SEALED_CHUNK_SIZE_BYTES;
    Opening stream = new Opening(store.open(name, from, size), header, chunk, endChunk, where);
    try {
      stream.skipNBytes(fromByte - chunk * SealHeader.CHUNK_SIZE_BYTES);
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw e;
    }
    return new BoundedStream(stream, sizeBytes);
  }

  private static long saturatedSum(long one, long other) {
    return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
  }

  @Override
  public void delete(String name) throws IOException {
    store.delete(name);
  }

  @Override
  public List<UnfinishedUpload> unfinished() throws IOException {
    return store.unfinished();
  }

  @Override
  public void abandon(UnfinishedUpload upload) throws IOException {
    store.abandon(upload);
  }

  @Override
  public void close() {
    store.close();
  }

  private static final class Opening extends ChunkStream {
    private final InputStream in;
    private final SealHeader header;
    private final String where;

    Opening(InputStream in, SealHeader header, long chunk, long endChunk, String where) {
      super(chunk, endChunk, new byte[0]);
      this.in = in;
      this.header = header;
      this.where = where;
    }

    @Override
    byte[] next(long chunk) throws IOException {
      int size = header.chunkSizeBytes(chunk) + SealHeader.TAG_SIZE_BYTES;
      byte[] sealed = in.readNBytes(size);
      if (sealed.length != size) {
        throw new StoreException(StoreFault.DAMAGED, where + " is cut off in chunk " + chunk);
      }
      try {
        return header.process(false, chunk, sealed, size);
      } catch (GeneralSecurityException e) {
        throw new StoreException(
            StoreFault.DAMAGED, where + " is not what was sealed, in chunk " + chunk, e);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
