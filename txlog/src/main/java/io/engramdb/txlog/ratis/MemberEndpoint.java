package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.TxLogConfig;
import io.engramdb.txlog.wire.Hello;
import io.engramdb.txlog.wire.Lane;
import io.engramdb.txlog.wire.WireTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a member is reached and who it is towards the others.
 *
 * @param address what it listens on; null: all addresses of the machine
 * @param host name that its certificate must carry, whatever address it is bound to
 */
record MemberEndpoint(
    UUID clusterId,
    UUID shardId,
    String self,
    String host,
    @Nullable InetAddress address,
    int port,
    @Nullable WireTls tls) {

  static MemberEndpoint of(TxLogConfig config) throws IOException {
    // A local cluster listens on loopback only. Where the member's name stands for an address that
    // this machine does not have (behind a translation), all its addresses are listened on.
    String host = config.selfMember().host();
    InetAddress address = InetAddress.getByName(host);
    TxLogConfig.Tls files = config.tls();
    return new MemberEndpoint(
        config.clusterId(),
        config.shardId(),
        config.self(),
        host,
        NetworkInterface.getByInetAddress(address) == null ? null : address,
        config.selfMember().port(),
        files == null ? null : new WireTls(files.certificate(), files.key(), files.authority()));
  }

  Hello hello(Lane lane, String to) {
    return new Hello(lane, clusterId, shardId, self, to);
  }

  /** Who may speak to this member. Empty: welcome. */
  String refusal(Hello hello) {
    if (!hello.clusterId().equals(clusterId)) {
      return "it belongs to cluster " + hello.clusterId() + ", not " + clusterId;
    }
    if (!hello.shardId().equals(shardId)) {
      return "it belongs to shard " + hello.shardId() + ", not " + shardId;
    }
    if (!hello.to().equals(self)) {
      return "it looks for " + hello.to() + ", this is " + self;
    }
    return "";
  }
}
