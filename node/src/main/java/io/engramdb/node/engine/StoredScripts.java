package io.engramdb.node.engine;

import io.engramdb.node.base.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
  private Map<Bytes, Bytes> libraries = new TreeMap<>();
  private long scriptBytes;
  private long libraryBytes;
  private long libraryVersion;

  StoredScripts(Keyspaces owner) {
    this.owner = owner;
  }

  // --- scripts

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

  // --- libraries

  /** The code of a library, or null. */
  public @Nullable Bytes library(Bytes name) {
    owner.observer().scriptsTouched();
    return libraries.get(name);
  }

  /** The codes of all libraries, by name. */
  public List<Bytes> libraries() {
    owner.observer().scriptsTouched();
    return new ArrayList<>(libraries.values());
  }

  /** Keeps a library in place of one of the same name. */
  public void putLibrary(Bytes name, Bytes code) {
    changing();
    Bytes old = libraries.put(name, code);
    libraryBytes += code.array().length - (old == null ? 0 : old.array().length);
    libraryVersion++;
  }

  /** Forgets a library; false if there was none. */
  public boolean removeLibrary(Bytes name) {
    owner.observer().scriptsTouched();
    if (!libraries.containsKey(name)) {
      return false;
    }
    changing();
    libraryBytes -= libraries.remove(name).array().length;
    libraryVersion++;
    return true;
  }

  /** Forgets all libraries; false if there was none. */
  public boolean flushLibraries() {
    owner.observer().scriptsTouched();
    if (libraries.isEmpty()) {
      return false;
    }
    changing();
    libraries.clear();
    libraryBytes = 0;
    libraryVersion++;
    return true;
  }

  /** A look at the libraries: what is answered depends on them. */
  public void touchLibraries() {
    owner.observer().scriptsTouched();
  }

  // --- both

  /** Changes with every change of the libraries, whoever makes it. */
  public long libraryVersion() {
    return libraryVersion;
  }

  public int scriptCount() {
    return scripts.size();
  }

  public int libraryCount() {
    return libraries.size();
  }

  /** Bytes of the scripts' texts. */
  public long scriptBytes() {
    return scriptBytes;
  }

  /** Bytes of the libraries' codes. */
  public long libraryBytes() {
    return libraryBytes;
  }

  private void changing() {
    owner.observer().scriptsChanging();
    owner.changeCount++;
  }

  void reset() {
    scripts = new LinkedHashMap<>();
    libraries = new TreeMap<>();
    scriptBytes = 0;
    libraryBytes = 0;
    libraryVersion++;
  }

  void takeOver(StoredScripts other) {
    scripts = other.scripts;
    libraries = other.libraries;
    scriptBytes = other.scriptBytes;
    libraryBytes = other.libraryBytes;
    libraryVersion++;
  }
}
