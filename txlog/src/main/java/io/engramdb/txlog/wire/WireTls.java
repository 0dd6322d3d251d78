package io.engramdb.txlog.wire;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Mutual TLS: both sides must show a certificate that the authority signed, and who is connected to
 * one that carries the name it was looked for by. The files are read once.
 */
public final class WireTls {
  private final SslContext client;
  private final SslContext server;

  /** Reads PEM files: certificate chain, its key (PKCS #8), certificate of the authority. */
  public WireTls(Path certificate, Path key, Path authority) throws IOException {
    File chain = certificate.toFile();
    try {
      this.client =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .keyManager(chain, key.toFile())
              .trustManager(authority.toFile())
              .endpointIdentificationAlgorithm("HTTPS")
              .build();
      this.server =
          SslContextBuilder.forServer(chain, key.toFile())
              .sslProvider(SslProvider.JDK)
              .trustManager(authority.toFile())
              .clientAuth(ClientAuth.REQUIRE)
              .build();
    } catch (IllegalArgumentException e) {
      throw new IOException("TLS of the log: " + e.getMessage(), e);
    }
  }

  SslHandler towards(ByteBufAllocator buffers, String host, int port) {
    return client.newHandler(buffers, host, port);
  }

  SslHandler accepting(ByteBufAllocator buffers) {
    return server.newHandler(buffers);
  }
}
