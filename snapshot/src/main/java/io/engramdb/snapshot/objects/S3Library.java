package io.engramdb.snapshot.objects;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads the client of S3, from the class path if it is there, else from the folder {@code s3}
 * beside the library that holds this class. So a process without an S3 store never opens those
 * jars, whose number alone would show in the time of each start.
 */
public final class S3Library {
  private static final String PACKAGE = "io.engramdb.snapshot.objects.s3.";
  private static final String STORE = PACKAGE + "S3Objects";
  private static final String CLIENT = "software.amazon.awssdk.services.s3.S3Client";
  private static final String FOLDER = "s3";

  /** Loaded once per process. */
  private static @Nullable ClassLoader loader;

  private S3Library() {}

  /** Opens the store of an address; nobody is asked yet. */
  public static ObjectStore open(StoreUrl url) throws IOException {
    try {
      Class<?> store = Class.forName(STORE, true, loader());
      return (ObjectStore) store.getMethod("open", StoreUrl.class).invoke(null, url);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case IOException failed -> throw failed;
        case RuntimeException failed -> throw failed;
        default -> throw new IllegalStateException(e.getCause());
      }
    } catch (ReflectiveOperationException e) {
      throw new StoreException(StoreFault.REFUSED, "the libraries for S3 are missing", e);
    }
  }

  private static synchronized ClassLoader loader() throws IOException {
    ClassLoader present = loader;
    if (present == null) {
      ClassLoader own = S3Library.class.getClassLoader();
      present = has(own) ? own : new Loader(jars(), own);
      loader = present;
    }
    return present;
  }

  private static boolean has(ClassLoader own) {
    return own.getResource(CLIENT.replace('.', '/') + ".class") != null;
  }

  private static URL[] jars() throws IOException {
    try {
      Path self =
          Path.of(S3Library.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path folder = self.resolveSibling(FOLDER);
      File[] files = folder.toFile().listFiles((unused, name) -> name.endsWith(".jar"));
      if (files == null || files.length == 0) {
        throw new StoreException(
            StoreFault.REFUSED, "the libraries for S3 are missing: " + folder + " has none");
      }
      List<URL> urls = new ArrayList<>();
      for (File each : files) {
        urls.add(each.toURI().toURL());
      }
      return urls.toArray(URL[]::new);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Defines our own package of S3 again, beside the libraries that it needs. */
  private static final class Loader extends URLClassLoader {
    Loader(URL[] jars, ClassLoader parent) {
      super(FOLDER, jars, parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(PACKAGE)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : define(name);
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
