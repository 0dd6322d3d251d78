package io.engramdb.node.net;

import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Addresses and descriptors of sockets as Redis shows them. */
final class SocketAddresses {

  private SocketAddresses() {}

  /** {@code ip:port}, IPv6 in brackets; a question mark if it is not known. */
  static String text(@Nullable SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return "?:0";
    }
    String host = inet.getAddress().getHostAddress();
    if (inet.getAddress() instanceof Inet6Address) {
      int scope = host.indexOf('%');
      host = '[' + (scope < 0 ? host : host.substring(0, scope)) + ']';
    }
    return host + ':' + inet.getPort();
  }

  /** Whether a peer of this address came over the loopback interface; unknown ones did not. */
  static boolean isLocal(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet
        && inet.getAddress() != null
        && inet.getAddress().isLoopbackAddress();
  }

  /** Number of the socket in the system, or -1. */
  static int descriptor(Channel channel) {
    return channel instanceof UnixChannel unix ? unix.fd().intValue() : -1;
  }
}
