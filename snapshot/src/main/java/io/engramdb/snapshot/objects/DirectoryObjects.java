package io.engramdb.snapshot.objects;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory as a store: an object is a file, its name the path. Written under another name,
 * forced, renamed, the directory forced. Any thread.
 */
public final class DirectoryObjects implements ObjectStore {
  private static final int BUFFER_SIZE_BYTES = 1 << 18;

  private final Path root;

  /** The store in this directory, which is made with the first object. */
  public DirectoryObjects(Path root) {
    this.root = root;
  }

  @Override
  public String description() {
    return "file:" + root;
  }

  @Override
  public void check() throws IOException {
    guarded(
        "look into",
        root.toString(),
        () -> {
          if (!Files.isDirectory(root)) {
            throw new NoSuchFileException(root.toString());
          }
          try (Stream<Path> files = Files.list(root)) {
            return files.findFirst();
          }
        });
  }

  @Override
  public PutReport put(String name, Content content, boolean onlyNew) throws IOException {
    Path file = file(name);
    return guarded(
        "put",
        name,
        () -> {
          Files.createDirectories(file.getParent());
          Path temporary =
              file.resolveSibling(
                  file.getFileName() + "." + UUID.randomUUID() + ObjectNames.TEMPORARY);
          try {
            write(content, temporary);
            if (onlyNew) {
              // A link, because a rename would replace what came meanwhile.
              Files.createLink(file, temporary);
              Files.delete(temporary);
            } else {
              Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            }
          } finally {
            Files.deleteIfExists(temporary);
          }
          forceDirectories(file.getParent());
          return new PutReport(1, 0);
        });
  }

  private static void write(Content content, Path file) throws IOException {
    try (InputStream in = content.open(0);
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[BUFFER_SIZE_BYTES];
      long written = 0;
      for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, size);
        while (bytes.hasRemaining()) {
          written += channel.write(bytes);
        }
      }
      if (written != content.sizeBytes()) {
        throw new IOException(
            "the content has " + written + " bytes, expected " + content.sizeBytes());
      }
      channel.force(true);
    }
  }

  /** New directories are entries of those above them. */
  private void forceDirectories(Path lowest) throws IOException {
    for (Path each = lowest; ; each = each.getParent()) {
      try (FileChannel directory = FileChannel.open(each, StandardOpenOption.READ)) {
        directory.force(true);
      }
      if (each.equals(root)) {
        return;
      }
    }
  }

  @Override
  public void each(String prefix, String after, Visitor to) throws IOException {
    String folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
    if (folder.isEmpty() || isFolder(folder)) {
      each(folder, new Range(prefix, after), to);
    }
  }

  /** Which names are wanted. */
  private record Range(String prefix, String after) {
    boolean holds(String name) {
      return name.startsWith(prefix) && name.compareTo(after) > 0;
    }

    /** Whether it may hold a name that begins so. */
    boolean meets(String folder) {
      return (folder.startsWith(prefix) || prefix.startsWith(folder))
          && (folder.compareTo(after) > 0 || after.startsWith(folder));
    }
  }

  /** What a folder holds: an object, or another folder if it is null. */
  private record Child(String name, @Nullable StoredObject object) {}

  /** The wanted names of one folder are in memory, because a directory has no order. */
  private boolean each(String folder, Range range, Visitor to) throws IOException {
    List<Child> children =
        guarded("list", root.resolve(folder).toString(), () -> children(folder, range));
    // As the whole names are ordered: a folder's slash counts.
    children.sort(Comparator.comparing(Child::name));
    for (Child each : children) {
      StoredObject object = each.object();
      if (!(object == null ? each(each.name(), range, to) : to.visit(object))) {
        return false;
      }
    }
    return true;
  }

  private List<Child> children(String folder, Range range) throws IOException {
    List<Child> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve(folder))) {
      for (Path file : files) {
        String name = folder + file.getFileName();
        boolean wanted = ObjectNames.isValid(name) && range.holds(name);
        boolean above = isFolder(name + "/") && range.meets(name + "/");
        if (wanted || above) {
          add(file, name, wanted, above, found);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException nothingThere) {
      return found;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return found;
  }

  private static void add(Path file, String name, boolean wanted, boolean above, List<Child> found)
      throws IOException {
    try {
      BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
      if (wanted && is.isRegularFile()) {
        long modifiedMs = is.lastModifiedTime().toMillis();
        found.add(new Child(name, new StoredObject(name, is.size(), modifiedMs)));
      } else if (above && is.isDirectory()) {
        found.add(new Child(name + "/", null));
      }
    } catch (NoSuchFileException removedMeanwhile) {
      // Nothing to show.
    }
  }

  /** Whether an object may lie below that. */
  private static boolean isFolder(String name) {
    return ObjectNames.isValid(name + "x");
  }

  private List<Path> files(Predicate<String> wanted) throws IOException {
    if (!Files.exists(root)) {
      return List.of();
    }
    return guarded(
        "list",
        root.toString(),
        () -> {
          List<Path> found = new ArrayList<>();
          try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files::iterator) {
              if (Files.isRegularFile(file) && wanted.test(name(file))) {
                found.add(file);
                requireBounded(found.size());
              }
            }
          }
          return found;
        });
  }

  /** One listing is held in memory. */
  private static void requireBounded(int count) throws StoreException {
    if (count > MAX_LISTED) {
      throw new StoreException(
          StoreFault.REFUSED, "the store has more than " + MAX_LISTED + " uploads there");
    }
  }

  private String name(Path file) {
    return root.relativize(file).toString();
  }

  @Override
  public @Nullable StoredObject find(String name) throws IOException {
    return guarded("look for", name, () -> describe(file(name)));
  }

  private @Nullable StoredObject describe(Path file) throws IOException {
    try {
      return Files.isRegularFile(file)
          ? new StoredObject(
              name(file), Files.size(file), Files.getLastModifiedTime(file).toMillis())
          : null;
    } catch (NoSuchFileException removedMeanwhile) {
      return null;
    }
  }

  @Override
  public InputStream open(String name, long fromByte, long sizeBytes) throws IOException {
    return guarded(
        "read",
        name,
        () -> {
          FileChannel channel = FileChannel.open(file(name), StandardOpenOption.READ);
          channel.position(fromByte);
          return new BoundedStream(Channels.newInputStream(channel), sizeBytes);
        });
  }

  @Override
  public void delete(String name) throws IOException {
    Path file = file(name);
    guarded(
        "delete",
        name,
        () -> {
          if (Files.deleteIfExists(file)) {
            try (FileChannel directory =
                FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
              directory.force(true);
            }
          }
          return name;
        });
  }

  @Override
  public List<UnfinishedUpload> unfinished() throws IOException {
    List<UnfinishedUpload> found = new ArrayList<>();
    for (Path file : files(name -> name.endsWith(ObjectNames.TEMPORARY))) {
      StoredObject object = describe(file);
      if (object != null) {
        // NAME.UUID.tmp
        String path = object.name();
        int end = path.length() - ObjectNames.TEMPORARY.length();
        int dot = path.lastIndexOf('.', end - 1);
        found.add(
            new UnfinishedUpload(path.substring(0, Math.max(0, dot)), path, object.modifiedMs()));
      }
    }
    return found;
  }

  @Override
  public void abandon(UnfinishedUpload upload) throws IOException {
    guarded("abandon", upload.name(), () -> Files.deleteIfExists(root.resolve(upload.id())));
  }

  @Override
  public void close() {}

  private Path file(String name) throws StoreException {
    return root.resolve(ObjectNames.valid(name));
  }

  private interface Work<T> {
    @Nullable T get() throws IOException;
  }

  @SuppressWarnings("NullAway")
  private <T> T guarded(String verb, String name, Work<T> work) throws IOException {
    try {
      return work.get();
    } catch (StoreException e) {
      throw e;
    } catch (AccessDeniedException e) {
      throw new StoreException(StoreFault.DENIED, failed(verb, name, "access is denied"), e);
    } catch (NoSuchFileException e) {
      throw new StoreException(StoreFault.NOT_FOUND, failed(verb, name, "it is not there"), e);
    } catch (FileAlreadyExistsException e) {
      throw new StoreException(StoreFault.EXISTS, failed(verb, name, "it is there already"), e);
    }
  }

  private String failed(String verb, String name, String why) {
    return description() + ": can't " + verb + " " + name + ": " + why;
  }
}
