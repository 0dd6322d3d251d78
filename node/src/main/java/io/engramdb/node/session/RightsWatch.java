package io.engramdb.node.session;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.Subscriptions.Kind;
import io.engramdb.node.security.User;
import io.engramdb.node.security.UserAccount;
import io.engramdb.node.shard.ShardScheduler;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections whose user was deleted, and those that listen to channels which their user may
 * not use any more. Their rights have ended already when this hears of it. Shard thread only.
 */
public final class RightsWatch {

  private final SessionRegistry sessions;
  private final ShardScheduler scheduler;

  public RightsWatch(SessionRegistry sessions, ShardScheduler scheduler) {
    this.sessions = sessions;
    this.scheduler = scheduler;
  }

  /** A user is another one from now on, or nobody. */
  public void changed(UserAccount account, User before, @Nullable User after) {
    if (after != null && after.usesChannelsOf(before)) {
      return;
    }
    List<Session> ended = new ArrayList<>();
    for (var connected : sessions.clients()) {
      Session session = (Session) connected;
      ClientState client = session.state();
      if (client.account == account && (after == null || hearsForbidden(client, after))) {
        ended.add(session);
      }
    }
    ended.forEach(this::end);
  }

  private static boolean hearsForbidden(ClientState client, User user) {
    for (Kind kind : Kind.values()) {
      for (Bytes name : client.subscriptions.of(kind)) {
        if (!user.mayUseChannel(name.array(), kind == Kind.PATTERN)) {
          return true;
        }
      }
    }
    return false;
  }

  private void end(Session session) {
    if (session.state().settling) {
      // It is told what it has done, and then closed.
      session.state().closeAfterReply = true;
    } else {
      // Not from within the commit that is being handled.
      scheduler.execute(session::kill);
    }
  }
}
