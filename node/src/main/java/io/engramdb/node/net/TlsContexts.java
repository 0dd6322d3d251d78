package io.engramdb.node.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate and key that new TLS connections get, exchangeable while the server runs.
 *
 * <p>New files are first tried in a handshake with themselves; only if that works do they replace
 * the old ones, so a wrong or half-written file never costs a connection. Connections that exist
 * keep what they began with. Any thread.
 */
public final class TlsContexts implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);

  /** Threads for the arithmetic of handshakes, so that it does not hold up the shard. */
  private static final int HANDSHAKE_THREADS = 2;

  /** Steps of handshakes that may wait; beyond it a handshake fails. */
  private static final int MAX_WAITING_STEPS = 10_000;

  private final ThreadPoolExecutor handshakes =
      new ThreadPoolExecutor(
          HANDSHAKE_THREADS,
          HANDSHAKE_THREADS,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_WAITING_STEPS),
          new DefaultThreadFactory("tls-handshake", true));

  private volatile SslContext current;
  private TlsSettings settings;
  private List<Object> fileStamps;
  private @Nullable ScheduledExecutorService watcher;

  /**
   * Reads the files.
   *
   * @throws IOException if one is missing or wrong, or certificate and key don't belong together
   */
  public TlsContexts(TlsSettings settings) throws IOException {
    handshakes.allowCoreThreadTimeOut(true);
    this.settings = settings;
    this.fileStamps = stamps(settings);
    this.current = load(settings);
  }

  /**
   * Exchanges the settings; for CONFIG SET of the {@code tls-} parameters.
   *
   * @throws IOException if they don't work; then the old ones stay
   */
  public synchronized void configure(TlsSettings newSettings) throws IOException {
    List<Object> newStamps = stamps(newSettings);
    current = load(newSettings);
    settings = newSettings;
    fileStamps = newStamps;
    LOG.info("TLS: new connections use {}", newSettings);
  }

  /**
   * Reads the files again; for SIGHUP.
   *
   * @return false if they don't work; then the old ones stay, and the log says why
   */
  public synchronized boolean reload() {
    List<Object> newStamps = stamps(settings);
    // Even if they are bad: they are tried once and not each time the watcher looks.
    fileStamps = newStamps;
    try {
      current = load(settings);
      LOG.info("TLS: files read again, {}", settings);
      return true;
    } catch (IOException e) {
      LOG.error(
          "TLS: the old certificate stays in use, the new one is refused: {}", e.getMessage());
      return false;
    }
  }

  /** Reads the files again if one of them has changed. */
  public synchronized void reloadIfChanged() {
    if (!stamps(settings).equals(fileStamps)) {
      reload();
    }
  }

  /** Looks for changed files from now on. */
  public synchronized void watch(long intervalMs) {
    if (watcher == null) {
      watcher =
          Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("tls-files", true));
      watcher.scheduleWithFixedDelay(
          this::reloadIfChanged, intervalMs, intervalMs, TimeUnit.MILLISECONDS);
    }
  }

  SslHandler newHandler(ByteBufAllocator allocator) {
    return current.newHandler(allocator, handshakes);
  }

  @Override
  public synchronized void close() {
    if (watcher != null) {
      watcher.shutdownNow();
    }
    handshakes.shutdown();
  }

  private static SslContext load(TlsSettings settings) throws IOException {
    try {
      TlsSelfCheck.check(context(settings, ClientAuth.NONE), settings);
      ClientAuth clients =
          switch (settings.clientCertificate()) {
            case NO -> ClientAuth.NONE;
            case OPTIONAL -> ClientAuth.OPTIONAL;
            case REQUIRED -> ClientAuth.REQUIRE;
          };
      if (clients != ClientAuth.NONE && settings.authorities() == null) {
        throw new IOException("client certificates can't be checked without a CA file");
      }
      return context(settings, clients);
    } catch (IllegalArgumentException e) {
      throw new IOException(causes(e), e);
    } catch (SSLException e) {
      throw new IOException("TLS does not work with " + settings + ": " + causes(e), e);
    }
  }

  private static String causes(Throwable failure) {
    StringBuilder text = new StringBuilder(String.valueOf(failure.getMessage()));
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      text.append("; ").append(cause.getMessage());
    }
    return text.toString();
  }

  private static SslContext context(TlsSettings settings, ClientAuth clients) throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(
                settings.certificate().toFile(), settings.key().toFile(), settings.keyPassword())
            .sslProvider(SslProvider.JDK)
            .clientAuth(clients)
            .protocols(settings.protocols());
    if (settings.authorities() != null) {
      builder.trustManager(settings.authorities().toFile());
    }
    if (!settings.ciphers().isEmpty()) {
      builder.ciphers(settings.ciphers());
    }
    return builder.build();
  }

  /** Time, size and identity of each file; links are followed, as mounted secrets are links. */
  private static List<Object> stamps(TlsSettings settings) {
    List<Object> all = new ArrayList<>();
    List<Path> files = new ArrayList<>(List.of(settings.certificate(), settings.key()));
    if (settings.authorities() != null) {
      files.add(settings.authorities());
    }
    for (Path file : files) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        all.add(found.lastModifiedTime());
        all.add(found.size());
        all.add(String.valueOf(found.fileKey()));
      } catch (IOException e) {
        all.add("unreadable");
      }
    }
    return all;
  }
}
