package io.engramdb.txlog.wire;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The body of a frame that is to be sent, written straight into the buffer that is sent. */
public interface Payload {
  /** Exact number of bytes that {@link #writeTo} will write. */
  int sizeBytes();

  /** Writes the body at the position of the buffer, which has room for exactly that. */
  void writeTo(ByteBuffer target) throws IOException;
}
