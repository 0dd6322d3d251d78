package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.TxLogConfig;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.jspecify.annotations.Nullable;

/** Mutual TLS between members, from PEM files: both sides must show a certificate. */
final class MemberTls {
  private MemberTls() {}

  static @Nullable GrpcTlsConfig of(TxLogConfig.@Nullable Tls tls) {
    return tls == null
        ? null
        : new GrpcTlsConfig(
            tls.key().toFile(), tls.certificate().toFile(), tls.authority().toFile(), true);
  }

  static void install(Parameters parameters, @Nullable GrpcTlsConfig tls) {
    if (tls != null) {
      GrpcConfigKeys.TLS.setConf(parameters, tls);
    }
  }
}
