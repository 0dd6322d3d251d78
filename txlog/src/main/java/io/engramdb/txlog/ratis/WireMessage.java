package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** A message of Ratis as the body of a frame, and back; with the types of our frames. */
record WireMessage(MessageLite message) implements Payload {
  static final byte APPEND = 1;
  static final byte APPEND_REPLY = 2;
  static final byte VOTE = 3;
  static final byte VOTE_REPLY = 4;
  static final byte START_ELECTION = 5;
  static final byte START_ELECTION_REPLY = 6;
  static final byte SNAPSHOT_NOTICE = 7;
  static final byte SNAPSHOT_NOTICE_REPLY = 8;

  @Override
  public int sizeBytes() {
    return message.getSerializedSize();
  }

  @Override
  public void writeTo(ByteBuffer target) throws IOException {
    CodedOutputStream out = CodedOutputStream.newInstance(target);
    message.writeTo(out);
    out.flush();
  }

  /** Reads a message whose byte strings are parts of {@code body}, which must never change. */
  static <T> T parse(Parser<T> parser, byte[] body) throws InvalidProtocolBufferException {
    CodedInputStream in = UnsafeByteOperations.unsafeWrap(body).newCodedInput();
    in.enableAliasing(true);
    return parser.parseFrom(in);
  }
}
