package io.engramdb.node.commands;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.EffectRecorder;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.engine.value.PendingEntry;
import io.engramdb.node.engine.value.StreamGroup;
import io.engramdb.node.engine.value.StreamId;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What changes of a consumer group are logged as: its results, in the words in which upstream tells
 * them to its replicas.
 */
final class StreamEffects {

  private static final byte[] CREATECONSUMER = ascii("CREATECONSUMER");
  private static final byte[] ENTRIESREAD = ascii("ENTRIESREAD");
  private static final byte[] EQUALS = ascii("=");
  private static final byte[] FORCE = ascii("FORCE");
  private static final byte[] JUSTID = ascii("JUSTID");
  private static final byte[] MAXLEN = ascii("MAXLEN");
  private static final byte[] RETRYCOUNT = ascii("RETRYCOUNT");
  private static final byte[] SETID = ascii("SETID");
  private static final byte[] TIME = ascii("TIME");

  /** Words of XCLAIM that are not ids. */
  private static final int CLAIM_WORDS = 10;

  private StreamEffects() {}

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  private static EffectRecorder begin(
      ExecutionContext cx, byte[] command, int words, Args args, int keyWord) {
    EffectRecorder effects = cx.effects();
    effects.begin(cx.db().index(), command, words);
    effects.argument(args, keyWord);
    return effects;
  }

  /** {@code XADD key [MAXLEN = length] id field value ...}. */
  static void add(
      ExecutionContext cx, Args args, StreamId id, int fieldsWord, boolean trimmed, long length) {
    int words = 2 + args.count() - fieldsWord;
    EffectRecorder effects = begin(cx, EffectWords.XADD, trimmed ? words + 3 : words, args, 1);
    if (trimmed) {
      cx.db().announce(args.array(), args.offset(1), args.length(1), "xtrim");
      effects.argument(MAXLEN);
      effects.argument(EQUALS);
      effects.argument(length);
    }
    id(effects, id);
    for (int i = fieldsWord; i < args.count(); i++) {
      effects.argument(args, i);
    }
  }

  /** {@code XTRIM key MAXLEN = length}. */
  static void trim(ExecutionContext cx, Args args, long length) {
    EffectRecorder effects = begin(cx, EffectWords.XTRIM, 4, args, 1);
    effects.argument(MAXLEN);
    effects.argument(EQUALS);
    effects.argument(length);
  }

  private static void id(EffectRecorder effects, StreamId id) {
    byte[] text = new byte[StreamIds.MAX_TEXT_BYTES];
    effects.argument(text, 0, StreamIds.write(id.ms(), id.seq(), text));
  }

  /** {@code XGROUP CREATECONSUMER key group consumer}. */
  static void createConsumer(
      ExecutionContext cx, Args args, int keyWord, Bytes group, Bytes consumer) {
    EffectRecorder effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.XGROUP, 4);
    cx.db()
        .announce(
            args.array(), args.offset(keyWord), args.length(keyWord), "xgroup-createconsumer");
    effects.argument(CREATECONSUMER);
    effects.argument(args, keyWord);
    effects.argument(group.array());
    effects.argument(consumer.array());
  }

  /** {@code XGROUP SETID key group id ENTRIESREAD n}. */
  static void setId(ExecutionContext cx, Args args, int keyWord, StreamGroup group) {
    EffectRecorder effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.XGROUP, 6);
    effects.argument(SETID);
    effects.argument(args, keyWord);
    effects.argument(group.name().array());
    id(effects, group.lastId);
    effects.argument(ENTRIESREAD);
    effects.argument(group.entriesRead);
  }

  /** One XCLAIM for entries that were delivered together, for the first time each. */
  static void deliver(
      ExecutionContext cx,
      Args args,
      int keyWord,
      StreamGroup group,
      Bytes consumer,
      List<StreamId> ids) {
    EffectRecorder effects = begin(cx, EffectWords.XCLAIM, CLAIM_WORDS + ids.size(), args, keyWord);
    effects.argument(group.name().array());
    effects.argument(consumer.array());
    effects.argument(0);
    for (int i = 0; i < ids.size(); i++) {
      id(effects, ids.get(i));
    }
    claimOptions(effects, cx.nowMs(), 1);
  }

  /** {@code XCLAIM key group consumer 0 id TIME ms RETRYCOUNT n FORCE JUSTID}. */
  static void claim(
      ExecutionContext cx, Args args, int keyWord, StreamGroup group, PendingEntry entry) {
    EffectRecorder effects = begin(cx, EffectWords.XCLAIM, CLAIM_WORDS + 1, args, keyWord);
    effects.argument(group.name().array());
    effects.argument(entry.consumer().name().array());
    effects.argument(0);
    id(effects, entry.id());
    claimOptions(effects, entry.deliveredMs(), entry.deliveryCount());
  }

  private static void claimOptions(EffectRecorder effects, long deliveredMs, long count) {
    effects.argument(TIME);
    effects.argument(deliveredMs);
    effects.argument(RETRYCOUNT);
    effects.argument(count);
    effects.argument(FORCE);
    effects.argument(JUSTID);
  }

  /** {@code XACK key group id}. */
  static void acknowledge(
      ExecutionContext cx, Args args, int keyWord, StreamGroup group, StreamId id) {
    EffectRecorder effects = begin(cx, EffectWords.XACK, 3, args, keyWord);
    effects.argument(group.name().array());
    id(effects, id);
  }
}
