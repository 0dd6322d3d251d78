package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.archive.LogArchiveTest;
import io.engramdb.snapshot.objects.ObjectStore;
import java.util.UUID;

/** The archived log in a real S3 service. */
class LogArchiveOnS3Test extends LogArchiveTest {
  @Override
  protected ObjectStore store() throws Exception {
    return S3Server.store(S3Server.shared().port(), "a/" + UUID.randomUUID());
  }

  @Override
  protected int step() {
    return 17;
  }
}
