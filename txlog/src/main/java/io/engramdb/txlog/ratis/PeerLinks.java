package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.WireLink;

/**
 * The two lanes to another member, each on its own thread.
 *
 * @param asks single questions, over the control lane
 */
record PeerLinks(WireLink appends, WireLink control, PeerAsks asks) {
  void address(String hostAndPort) {
    appends.address(hostAndPort);
    control.address(hostAndPort);
  }
}
