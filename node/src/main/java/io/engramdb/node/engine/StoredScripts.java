package io.engramdb.node.engine;

import io.engramdb.node.base.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The texts of loaded scripts and of function libraries: data that is replicated but stands in no
 * database. Belongs to {@link Keyspaces}, so that whoever throws memory away, rebuilds it or saves
 * it has these texts as well. What is compiled from them is not here. Shard thread only.
 *
 * <p>Scripts are found by the hexadecimal SHA-1 of their text, libraries by their name.
 */
public final class StoredScripts {

  /** Bytes of all texts together; a text that would exceed it is refused. */
  public static final long MAX_BYTES = 64L << 20;

  private final Keyspaces owner;
  private Map<Bytes, Bytes> scripts = new LinkedHashMap<>();
  private long scriptBytes;
  private Map<Bytes, Bytes> libraries = new LinkedHashMap<>();
  private long libraryBytes;
  private long libraryVersion;

  StoredScripts(Keyspaces owner) {
    this.owner = owner;
  }

  /** The text of a script, or null. */
  public @Nullable Bytes script(Bytes sha) {
    owner.observer().scriptsTouched();
    return scripts.get(sha);
  }

  /** Whether a script is there, for who does not tell a client. */
  public boolean holdsScript(Bytes sha) {
    return scripts.containsKey(sha);
  }

  /** Keeps a script; false if it was there. */
  public boolean addScript(Bytes sha, Bytes text) {
    owner.observer().scriptsTouched();
    if (scripts.containsKey(sha)) {
      return false;
    }
    changing();
    scripts.put(sha, text);
    scriptBytes += text.array().length;
    return true;
  }

  /** Forgets all scripts; false if there was none. */
  public boolean flushScripts() {
    owner.observer().scriptsTouched();
    if (scripts.isEmpty()) {
      return false;
    }
    changing();
    scripts.clear();
    scriptBytes = 0;
    return true;
  }

  /** All scripts by hash, in the order in which they came; not to be changed. */
  public Map<Bytes, Bytes> all() {
    return scripts;
  }

  /** Bytes of the scripts' texts. */
  public long scriptBytes() {
    return scriptBytes;
  }

  // --- libraries

  /** All libraries by name, in the order in which they came, for who tells a client of them. */
  public Map<Bytes, Bytes> lookAtLibraries() {
    owner.observer().scriptsTouched();
    return libraries;
  }

  /** All libraries by name, in the order in which they came; not to be changed. */
  public Map<Bytes, Bytes> libraries() {
    return libraries;
  }

  /** Is another one whenever libraries have come, gone or changed. */
  public long libraryVersion() {
    return libraryVersion;
  }

  /** Keeps a library in the place of one that had its name. */
  public void putLibrary(Bytes name, Bytes text) {
    removeLibrary(name);
    changingLibraries();
    libraries.put(name, text);
    libraryBytes += text.length();
  }

  /** Forgets a library; false if it is not there. */
  public boolean removeLibrary(Bytes name) {
    if (!libraries.containsKey(name)) {
      return false;
    }
    changingLibraries();
    Bytes text = libraries.remove(name);
    libraryBytes -= text == null ? 0 : text.length();
    return true;
  }

  /** Forgets all libraries; false if there was none. */
  public boolean flushLibraries() {
    if (libraries.isEmpty()) {
      return false;
    }
    changingLibraries();
    libraries.clear();
    libraryBytes = 0;
    return true;
  }

  /** Bytes of the libraries' texts. */
  public long libraryBytes() {
    return libraryBytes;
  }

  /** Whether a text of that size fits in beside what is kept. */
  public boolean hasRoomFor(long sizeBytes) {
    return scriptBytes + libraryBytes + sizeBytes <= MAX_BYTES;
  }

  private void changingLibraries() {
    changing();
    libraryVersion++;
  }

  private void changing() {
    owner.observer().scriptsChanging();
    owner.changeCount++;
  }

  void reset() {
    scripts = new LinkedHashMap<>();
    scriptBytes = 0;
    libraries = new LinkedHashMap<>();
    libraryBytes = 0;
    libraryVersion++;
  }

  void takeOver(StoredScripts other) {
    scripts = other.scripts;
    scriptBytes = other.scriptBytes;
    libraries = other.libraries;
    libraryBytes = other.libraryBytes;
    libraryVersion++;
  }
}
