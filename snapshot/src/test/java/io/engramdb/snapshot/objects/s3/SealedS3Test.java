package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.ObjectStoreContract;
import io.engramdb.snapshot.objects.sealed.SealKey;
import io.engramdb.snapshot.objects.sealed.SealedObjects;
import java.util.UUID;

class SealedS3Test extends ObjectStoreContract {
  @Override
  protected ObjectStore empty() throws Exception {
    return new SealedObjects(
        S3Server.store(S3Server.shared().port(), UUID.randomUUID().toString()),
        new SealKey(new byte[32]));
  }

  @Override
  protected int largeSizeBytes() {
    return S3Server.PART_SIZE_BYTES + 17;
  }
}
