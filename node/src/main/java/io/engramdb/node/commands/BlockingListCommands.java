package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.BLOCKING;
import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INSERT;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.EffectRecorder;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.ValueType;
import java.util.List;

/**
 * List commands that wait for an element: BLPOP, BLMOVE and relatives. They are logged as the
 * command that does not wait, once they get something.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code t_list.c} and {@code blocked.c}, tests {@code
 * unit/type/list}.
 */
final class BlockingListCommands implements CommandFamily {

  private final ListCommands lists;

  BlockingListCommands(ListCommands lists) {
    this.lists = lists;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.LIST);
    List<KeySpec> keys = List.of(KeySpec.keys(1, -2, 1).with(RW, ACCESS, DELETE));
    table.write("blpop", "2.0.0", -3, keys, EFFECTS, this::blPop).flags(NOSCRIPT, BLOCKING).add();
    table.write("brpop", "2.0.0", -3, keys, EFFECTS, this::brPop).flags(NOSCRIPT, BLOCKING).add();
    List<KeySpec> move =
        List.of(KeySpec.key(1).with(RW, ACCESS, DELETE), KeySpec.key(2).with(RW, INSERT));
    table
        .write("blmove", "6.2.0", 6, move, EFFECTS, this::blMove)
        .flags(DENYOOM, NOSCRIPT, BLOCKING)
        .add();
    table
        .write("brpoplpush", "2.2.0", 4, move, EFFECTS, this::brPopLPush)
        .flags(DENYOOM, NOSCRIPT, BLOCKING)
        .add();
    List<KeySpec> counted = List.of(KeySpec.countedAt(2).with(RW, ACCESS, DELETE));
    table
        .write("blmpop", "7.0.0", -5, counted, EFFECTS, this::blMPop)
        .flags(BLOCKING, MOVABLE_KEYS)
        .add();
  }

  /**
   * {@code BLPOP key ... timeout} / key and element, null at the end of the time / LPOP / O(keys).
   */
  private void blPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    pop(cx, args, reply, true);
  }

  /**
   * {@code BRPOP key ... timeout} / key and element, null at the end of the time / RPOP / O(keys).
   */
  private void brPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    pop(cx, args, reply, false);
  }

  private void pop(ExecutionContext cx, Args args, ReplyWriter reply, boolean head) {
    int timeoutWord = args.count() - 1;
    long deadlineMs = BlockingTimeout.seconds(cx, args, timeoutWord);
    for (int i = 1; i < timeoutWord; i++) {
      Entry entry = ListCommands.find(cx, args, i);
      ListValue list = Typed.list(entry);
      if (entry != null && list != null) {
        reply.array(2);
        reply.bulk(args.array(), args.offset(i), args.length(i));
        lists.pop(cx, entry, list, 1, head, reply);
        cx.effects().begin(cx.db().index(), head ? EffectWords.LPOP : EffectWords.RPOP, 1);
        cx.effects().argument(args, i);
        return;
      }
    }
    if (cx.mayBlock()) {
      cx.block(new KeyWait(args, 1, timeoutWord - 1, ValueType.LIST, false, deadlineMs));
    } else {
      reply.nilArray();
    }
  }

  /**
   * {@code BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout} / the element, null at the end
   * of the time / LMOVE / O(1).
   */
  private void blMove(ExecutionContext cx, Args args, ReplyWriter reply) {
    boolean fromHead = ListCommands.isHead(args, 3);
    boolean toHead = ListCommands.isHead(args, 4);
    if (moves(cx, args, reply, fromHead, toHead, 5)) {
      EffectRecorder effects = cx.effects();
      effects.begin(cx.db().index(), EffectWords.LMOVE, 4);
      for (int i = 1; i < 5; i++) {
        effects.argument(args, i);
      }
    }
  }

  /** {@code BRPOPLPUSH source destination timeout} / as BLMOVE from right to left / RPOPLPUSH. */
  private void brPopLPush(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (moves(cx, args, reply, false, true, 3)) {
      cx.effects().begin(cx.db().index(), EffectWords.RPOPLPUSH, 2);
      cx.effects().argument(args, 1);
      cx.effects().argument(args, 2);
    }
  }

  /** Moves an element, or waits for one and answers false. */
  private boolean moves(
      ExecutionContext cx,
      Args args,
      ReplyWriter reply,
      boolean fromHead,
      boolean toHead,
      int timeoutWord) {
    long deadlineMs = BlockingTimeout.seconds(cx, args, timeoutWord);
    if (ListCommands.find(cx, args, 1) != null) {
      lists.move(cx, args, reply, fromHead, toHead);
      return true;
    }
    if (cx.mayBlock()) {
      cx.block(new KeyWait(args, 1, 1, ValueType.LIST, false, deadlineMs));
    } else {
      reply.nil();
    }
    return false;
  }

  /** {@code BLMPOP timeout numkeys key ... LEFT|RIGHT [COUNT n]} / as LMPOP, waiting / as LMPOP. */
  private void blMPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    lists.popFirst(cx, args, reply, 1);
  }
}
