package io.engramdb.node.command;

import io.engramdb.node.engine.value.ValueType;

/**
 * What a command waits for that found nothing: that one of its keys holds a value of a type. It is
 * then executed again, from the beginning.
 *
 * @param request what to execute again; words that mean "now" are replaced by what they meant
 * @param firstKey word that is the first key
 * @param keyCount keys from there on
 * @param type the type that the key must have
 * @param alsoWhenGone execute again as well if a key vanishes or gets another type
 * @param deadlineMs shard time after which to answer the null of an array; {@link Long#MAX_VALUE}:
 *     never
 */
public record KeyWait(
    Args request,
    int firstKey,
    int keyCount,
    ValueType type,
    boolean alsoWhenGone,
    long deadlineMs) {

  /** The same with a request of its own. */
  public KeyWait detached() {
    return new KeyWait(request.detached(), firstKey, keyCount, type, alsoWhenGone, deadlineMs);
  }
}
