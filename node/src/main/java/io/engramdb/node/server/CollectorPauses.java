package io.engramdb.node.server;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.GcInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/**
 * Hears of each pause of the garbage collector. It costs nothing between pauses: the JVM's own
 * notification thread tells of them.
 *
 * <p>Limits: durations are whole milliseconds, and safepoints that are not the collector's are not
 * told; a slow turn shows those that hit the shard.
 */
final class CollectorPauses implements AutoCloseable {

  /** Collectors that run beside the program report their whole work under such names. */
  private static final String CONCURRENT_WORK = "Cycles";

  private final List<NotificationEmitter> emitters = new ArrayList<>();
  private final NotificationListener listener;
  private boolean closed;

  /**
   * @param onPause told the milliseconds of each pause, on a thread of the JVM
   */
  CollectorPauses(LongConsumer onPause) {
    listener = (notification, unused) -> heard(notification, onPause);
  }

  /** Begins to listen, beside the start: the JVM's management takes a while to load. */
  void start() {
    Thread.ofPlatform().name("pause-watch").daemon().start(this::listen);
  }

  private synchronized void listen() {
    if (closed) {
      return;
    }
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (!collector.getName().endsWith(CONCURRENT_WORK)
          && collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(listener, null, null);
        emitters.add(emitter);
      }
    }
  }

  private static void heard(Notification notification, LongConsumer onPause) {
    String type = GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION;
    if (notification.getType().equals(type)
        && notification.getUserData() instanceof CompositeData data) {
      GcInfo collection = GarbageCollectionNotificationInfo.from(data).getGcInfo();
      onPause.accept(collection.getDuration());
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    for (NotificationEmitter emitter : emitters) {
      try {
        emitter.removeNotificationListener(listener);
      } catch (ListenerNotFoundException gone) {
        throw new IllegalStateException(gone);
      }
    }
    emitters.clear();
  }
}
