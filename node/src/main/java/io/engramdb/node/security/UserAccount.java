package io.engramdb.node.security;

import io.engramdb.node.command.Account;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandSpec;
import org.jspecify.annotations.Nullable;

/** A user as its connections see it: always the newest rules. Shard thread only. */
public final class UserAccount implements Account {

  private final UserRegistry registry;
  private User user;
  private boolean unlimited;

  UserAccount(UserRegistry registry, User user) {
    this.registry = registry;
    set(user);
  }

  void set(User newUser) {
    user = newUser;
    unlimited = newUser.unlimited();
  }

  public User user() {
    return user;
  }

  @Override
  public String name() {
    return user.name();
  }

  @Override
  public boolean unlimited() {
    return unlimited;
  }

  @Override
  public boolean readsEveryKey(Args args) {
    if (unlimited) {
      return true;
    }
    @Nullable CommandSpec spec = registry.rules().table().resolve(args);
    RightsJudge judge = new RightsJudge();
    for (Selector selector : user.selectors()) {
      if (spec != null
          && selector.readsEveryKey()
          && judge.judge(selector, spec, args) == Verdict.ALLOWED) {
        return true;
      }
    }
    return false;
  }
}
