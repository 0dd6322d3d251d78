package io.engramdb.node.sim;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/** Logs that leave out what rules ask of them. */
final class Mutants {

  private Mutants() {}

  /** The mutant of that name. */
  static BiFunction<SimNode, TxLog, TxLog> wrapper(String name) {
    return switch (name) {
      case "noFence" -> (node, log) -> proxy(TxLog.class, log, new NoFence(log));
      case "matchByIndex" -> (node, log) -> proxy(TxLog.class, log, new MatchByIndex(log));
      case "aheadOfTheMajority" -> (node, log) -> proxy(TxLog.class, log, new TooEarly(log));
      case "anyRelease" -> (node, log) -> proxy(TxLog.class, log, new AnyRelease(log));
      default -> throw new IllegalArgumentException(name);
    };
  }

  @FunctionalInterface
  private interface Override1 {
    /** The answer of an overridden call; {@link #PASS} if it is not overridden. */
    Object answer(String method, Object[] arguments) throws Throwable;
  }

  private static final Object PASS = new Object();

  private static <T> T proxy(Class<T> type, T inner, Override1 overrides) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          Object answer = overrides.answer(method.getName(), arguments);
          if (answer != PASS) {
            return answer;
          }
          try {
            return method.invoke(inner, arguments);
          } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
          }
        };
    return type.cast(
        Proxy.newProxyInstance(Mutants.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static ProposeResult propose(TxLog log, Object[] arguments) {
    return log.propose(
        (long) arguments[0],
        (long) arguments[1],
        (RecordKind) arguments[2],
        (byte[]) arguments[3],
        (int) arguments[4],
        (int) arguments[5],
        (TxLog.PositionHolder) arguments[6]);
  }

  private static Object listening(TxLog log, Object[] arguments, ListenerOverride overrides)
      throws IOException {
    LogListener listener = (LogListener) arguments[0];
    log.start(
        proxy(
            LogListener.class,
            listener,
            (method, values) -> overrides.answer(listener, method, values)));
    return null;
  }

  @FunctionalInterface
  private interface ListenerOverride {
    Object answer(LogListener listener, String method, Object[] arguments);
  }

  /** Records go in whatever epoch they were executed in. */
  private record NoFence(TxLog log, Map<Long, Long> sequences) implements Override1 {
    NoFence(TxLog log) {
      this(log, new HashMap<>());
    }

    @Override
    public Object answer(String method, Object[] arguments) {
      if (!method.equals("propose")) {
        return PASS;
      }
      long term = log.status().term();
      long sequence = sequences.merge(term, 1L, Long::sum);
      ProposeResult result =
          log.propose(
              term,
              sequence,
              (RecordKind) arguments[2],
              (byte[]) arguments[3],
              (int) arguments[4],
              (int) arguments[5],
              (TxLog.PositionHolder) arguments[6]);
      return result;
    }
  }

  /** Whatever is committed at the index of a record of ours is taken for that record. */
  private record MatchByIndex(TxLog log, Map<Long, Long> terms) implements Override1 {
    MatchByIndex(TxLog log) {
      this(log, new HashMap<>());
    }

    @Override
    public Object answer(String method, Object[] arguments) throws IOException {
      if (method.equals("propose")) {
        TxLog.PositionHolder at = (TxLog.PositionHolder) arguments[6];
        ProposeResult result = propose(log, arguments);
        if (result == ProposeResult.APPENDED) {
          terms.put(at.index, at.term);
        }
        return result;
      }
      return method.equals("start") ? listening(log, arguments, this::confuse) : PASS;
    }

    private Object confuse(LogListener listener, String method, Object[] values) {
      if (method.equals("onTruncated")) {
        return null;
      }
      if (method.equals("onInternalEntry") || method.equals("onCommitted")) {
        long index = (long) values[1];
        Long term = terms.get(index);
        if (term != null && term != (long) values[0]) {
          listener.onCommitted(term, index, term, 0, RecordKind.DATA, null, true);
          return null;
        }
      }
      return PASS;
    }
  }

  /** A record is told as committed as soon as the own log has it. */
  private record TooEarly(TxLog log, LogListener[] heard) implements Override1 {
    TooEarly(TxLog log) {
      this(log, new LogListener[1]);
    }

    @Override
    public Object answer(String method, Object[] arguments) throws IOException {
      if (method.equals("start")) {
        heard[0] = (LogListener) arguments[0];
      }
      if (!method.equals("propose")) {
        return PASS;
      }
      TxLog.PositionHolder at = (TxLog.PositionHolder) arguments[6];
      ProposeResult result = propose(log, arguments);
      if (result == ProposeResult.APPENDED) {
        heard[0].onCommittedAhead(at.term, at.index);
      }
      return result;
    }
  }

  /** Any release in the log counts, however old. */
  private record AnyRelease(TxLog log, long[] newest) implements Override1 {
    AnyRelease(TxLog log) {
      this(log, new long[] {-1});
    }

    @Override
    public Object answer(String method, Object[] arguments) throws IOException {
      return method.equals("start") ? listening(log, arguments, this::pretend) : PASS;
    }

    private Object pretend(LogListener listener, String method, Object[] values) {
      if (method.equals("onCommitted") && values[4] == RecordKind.LEASE_RELEASED) {
        newest[0] = (long) values[1];
      }
      if (method.equals("onLeaderReady") && newest[0] >= 0) {
        listener.onLeaderReady((long) values[0], newest[0] + 1);
        return null;
      }
      return PASS;
    }
  }
}
