package io.engramdb.node.sim;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every schedule ends well. */
class RulesTest {

  @TestFactory
  Stream<DynamicTest> schedule() {
    return Arrays.stream(Schedules.class.getDeclaredMethods())
        .filter(RulesTest::isSchedule)
        .sorted(Comparator.comparing(Method::getName))
        .map(method -> DynamicTest.dynamicTest(method.getName(), () -> run(method)));
  }

  private static boolean isSchedule(Method method) {
    return method.getParameterCount() == 0
        && !java.lang.reflect.Modifier.isPrivate(method.getModifiers())
        && !method.isSynthetic();
  }

  private static void run(Method method) throws Throwable {
    try {
      method.invoke(new Schedules((node, log) -> log));
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }
}
