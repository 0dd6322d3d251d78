package io.engramdb.node.sim;

import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.function.BiFunction;

/**
 * One rule switched off by rewriting a compiled class, so that production code needs no switches.
 * The changed class and everything that uses it are loaded apart from the real ones.
 *
 * @param name what is left out
 * @param classes the classes that are changed and how
 * @param wrapper name of a method of {@link Mutants} that wraps the log, or empty
 */
record Mutation(String name, List<Edit> classes, String wrapper) {

  private static final String ROOT = "io.engramdb.node.";

  /** One change of one class; its name is relative to the node's root package. */
  record Edit(String className, ClassTransform transform) {}

  /** A mutation of one class. */
  static Mutation of(String name, String className, ClassTransform transform) {
    return new Mutation(name, List.of(new Edit(className, transform)), "");
  }

  /** A mutation of the log's messages or of proposals. */
  static Mutation wrapping(String name, String wrapper) {
    return new Mutation(name, List.of(), wrapper);
  }

  // --- changes

  /** The method does nothing and answers that number (as its type: false for 0, null). */
  static ClassTransform answers(String method, long value) {
    return (builder, element) -> {
      if (element instanceof MethodModel model && model.methodName().equalsString(method)) {
        builder.withMethod(
            model.methodName(),
            model.methodType(),
            model.flags().flagsMask(),
            m -> m.withCode(code -> returnValue(code, model.methodTypeSymbol(), value)));
      } else {
        builder.with(element);
      }
    };
  }

  private static void returnValue(CodeBuilder code, MethodTypeDesc type, long value) {
    pushValue(code, type.returnType(), value);
    code.return_(TypeKind.from(type.returnType()));
  }

  private static void pushValue(CodeBuilder code, ClassDesc type, long value) {
    switch (TypeKind.from(type)) {
      case VOID -> {}
      case LONG -> code.loadConstant(value);
      case REFERENCE -> code.aconst_null();
      default -> code.loadConstant((int) value);
    }
  }

  /** Within a method, calls of another one are left out; they answer zero. */
  static ClassTransform skips(String method, String callee) {
    return ClassTransform.transformingMethodBodies(
        model -> model.methodName().equalsString(method),
        (code, element) -> {
          if (element instanceof InvokeInstruction call && call.name().equalsString(callee)) {
            MethodTypeDesc type = call.typeSymbol();
            for (int i = type.parameterCount() - 1; i >= 0; i--) {
              pop(code, type.parameterType(i));
            }
            if (call.opcode() != Opcode.INVOKESTATIC) {
              code.pop();
            }
            pushValue(code, type.returnType(), 0);
          } else {
            code.with(element);
          }
        });
  }

  private static void pop(CodeBuilder code, ClassDesc type) {
    if (TypeKind.from(type).slotSize() == 2) {
      code.pop2();
    } else {
      code.pop();
    }
  }

  /** Within a method, calls of another one go to a static method that takes the object first. */
  static ClassTransform redirects(String method, String callee, String target) {
    ClassDesc targetClass = ClassDesc.of(ROOT + target);
    return ClassTransform.transformingMethodBodies(
        model -> model.methodName().equalsString(method),
        (code, element) -> {
          if (element instanceof InvokeInstruction call && call.name().equalsString(callee)) {
            MethodTypeDesc type =
                call.typeSymbol().insertParameterTypes(0, call.owner().asSymbol());
            code.invokestatic(targetClass, callee, type);
          } else {
            code.with(element);
          }
        });
  }

  /** One constant of an enum stands for another. */
  static ClassTransform exchanges(String constant, String other) {
    return ClassTransform.transformingMethodBodies(
        (code, element) -> {
          if (element instanceof FieldInstruction field && field.name().equalsString(constant)) {
            code.getstatic(field.owner().asSymbol(), other, field.typeSymbol());
          } else {
            code.with(element);
          }
        });
  }

  // --- running

  /**
   * Runs a schedule with the rule switched off.
   *
   * @param schedule name of a method of {@link Schedules}, or {@code seed N} for a random run
   * @return what was noticed, or null if nothing was
   */
  String noticedBy(String schedule) {
    try {
      Loader loader = new Loader();
      for (Edit edit : classes) {
        // Now, so that a change that makes no valid class is not taken for one that was noticed.
        Class.forName(ROOT + edit.className(), true, loader);
      }
      Class<?> probe = loader.loadClass(ROOT + "sim.Mutation$Probe");
      var constructor = probe.getDeclaredConstructor(String.class, String.class);
      constructor.setAccessible(true);
      return ((java.util.concurrent.Callable<?>) constructor.newInstance(schedule, wrapper)).call()
              instanceof String noticed
          ? noticed
          : null;
    } catch (Exception | LinkageError failure) {
      throw new IllegalStateException(name, failure);
    }
  }

  /** Runs inside of the other class loader. */
  record Probe(String schedule, String wrapper) implements java.util.concurrent.Callable<String> {

    @Override
    public String call() {
      BiFunction<SimNode, TxLog, TxLog> wrap =
          wrapper.isEmpty() ? (node, log) -> log : Mutants.wrapper(wrapper);
      if (schedule.startsWith("seed ")) {
        long seed = Long.parseLong(schedule.substring(5));
        List<String> violations = new SimRun(seed, 5_000, wrap).run();
        return violations.isEmpty() ? null : violations.get(0);
      }
      try {
        Schedules.class.getDeclaredMethod(schedule).invoke(new Schedules(wrap));
        return null;
      } catch (java.lang.reflect.InvocationTargetException thrown) {
        return String.valueOf(thrown.getCause().getMessage());
      } catch (ReflectiveOperationException failure) {
        throw new IllegalStateException(failure);
      }
    }
  }

  private final class Loader extends ClassLoader {

    Loader() {
      super(Mutation.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String className, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(className)) {
        Class<?> loaded = findLoadedClass(className);
        if (loaded != null) {
          return loaded;
        }
        if (!className.startsWith(ROOT)) {
          return super.loadClass(className, resolve);
        }
        byte[] bytes = read(className);
        return defineClass(className, bytes, 0, bytes.length);
      }
    }

    private byte[] read(String className) throws ClassNotFoundException {
      String resource = className.replace('.', '/') + ".class";
      try (InputStream in = getParent().getResourceAsStream(resource)) {
        if (in == null) {
          throw new ClassNotFoundException(className);
        }
        byte[] bytes = in.readAllBytes();
        for (Edit edit : classes) {
          if (className.equals(ROOT + edit.className())) {
            bytes = edited(bytes, edit);
          }
        }
        return bytes;
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    private byte[] edited(byte[] bytes, Edit edit) {
      ClassFile files =
          ClassFile.of(
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(getParent())
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      ClassModel model = files.parse(bytes);
      byte[] changed = files.transformClass(model, edit.transform());
      if (java.util.Arrays.equals(changed, bytes)) {
        throw new IllegalStateException("nothing to change in " + edit.className());
      }
      return changed;
    }
  }
}
