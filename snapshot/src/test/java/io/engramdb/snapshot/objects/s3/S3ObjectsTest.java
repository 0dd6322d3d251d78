package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.ObjectStoreContract;
import java.util.UUID;

class S3ObjectsTest extends ObjectStoreContract {
  @Override
  protected ObjectStore empty() throws Exception {
    return S3Server.store(S3Server.shared().port(), "p/" + UUID.randomUUID());
  }

  @Override
  protected int largeSizeBytes() {
    return S3Server.PART_SIZE_BYTES + 17;
  }
}
