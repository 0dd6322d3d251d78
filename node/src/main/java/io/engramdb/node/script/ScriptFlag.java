package io.engramdb.node.script;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a script or function declares of itself. */
public enum ScriptFlag {
  NO_WRITES("no-writes"),
  ALLOW_OOM("allow-oom"),
  ALLOW_STALE("allow-stale"),
  NO_CLUSTER("no-cluster"),
  ALLOW_CROSS_SLOT_KEYS("allow-cross-slot-keys");

  /** What a script may do that declares nothing: as it was before there were declarations. */
  static final @Nullable Set<ScriptFlag> UNDECLARED = null;

  private final String wireName;

  ScriptFlag(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  static @Nullable ScriptFlag named(String name) {
    for (ScriptFlag flag : values()) {
      if (flag.wireName.equals(name)) {
        return flag;
      }
    }
    return null;
  }
}
