package io.engramdb.node.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** House rules that a program can check: sizes, names, words. */
class TidyTest {

  private static final int MAX_LINE_COLUMNS = 100;
  private static final int MAX_FILE_LINES = 1000;
  private static final int MAX_METHOD_LINES = 70;

  /** Where every project grows its giant, so these have budgets of their own, in lines. */
  private static final Map<String, Integer> TIGHT_BUDGETS =
      Map.of(
          "CommandExecutor.java", 480,
          "CommitPipeline.java", 480,
          "Session.java", 450,
          "RatisTxLog.java", 450);

  private static final List<String> BANNED_SUFFIXES =
      List.of("Manager", "Helper", "Util", "Utils", "Impl", "Base", "Data", "Info", "Processor");

  /** Split so that this file does not find itself. */
  private static final Pattern BANNED_WORDS =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b|@Dis" + "abled\\b|import [^;]*\\*;");

  /** Waiting for luck. A bounded poll inside an await of a condition says so on its line. */
  private static final Pattern SLEEP = Pattern.compile("Thread\\.sl" + "eep\\(");

  @Test
  void sourcesKeepTheHouseRules() throws IOException {
    List<Path> files = SourceTree.javaFiles();
    assertTrue(files.size() > 100, "only " + files.size() + " sources were found");
    Set<String> violations = new TreeSet<>();
    for (Path file : files) {
      checkText(file, violations);
    }
    checkTrees(files, violations);
    assertEquals(Set.of(), violations);
  }

  @Test
  void everyProductionPackageSaysWhatItIsFor() throws IOException {
    Set<String> missing = new TreeSet<>();
    for (Path file : SourceTree.javaFiles()) {
      Path folder = file.getParent();
      if (file.toString().contains("/src/main/")
          && !Files.exists(folder.resolve("package-info.java"))) {
        missing.add(SourceTree.root().relativize(folder).toString());
      }
    }
    assertEquals(Set.of(), missing);
  }

  private static void checkText(Path file, Set<String> violations) throws IOException {
    List<String> lines = Files.readAllLines(file);
    String name = file.getFileName().toString();
    int budget = TIGHT_BUDGETS.getOrDefault(name, MAX_FILE_LINES);
    if (lines.size() > budget) {
      violations.add(name + " has " + lines.size() + " lines, at most " + budget);
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String where = name + ":" + (i + 1);
      // Text blocks of tests hold what a client really sends, however long.
      boolean maybeText = file.toString().contains("/src/test/");
      if (line.length() > MAX_LINE_COLUMNS && !maybeText && !line.startsWith("import ")) {
        violations.add(where + " is longer than " + MAX_LINE_COLUMNS + " columns");
      }
      if (BANNED_WORDS.matcher(line).find()) {
        violations.add(where + " has a banned word");
      }
      if (SLEEP.matcher(line).find() && !isPollOfAnAwait(file, lines, i)) {
        violations.add(where + " sleeps");
      }
    }
  }

  /** An await helper may poll; its method's name says that it awaits. */
  private static boolean isPollOfAnAwait(Path file, List<String> lines, int at) {
    if (!file.toString().contains("/src/test/")) {
      return false;
    }
    for (int i = at; i >= Math.max(0, at - MAX_METHOD_LINES); i--) {
      String line = lines.get(i).toLowerCase(Locale.ROOT);
      if (line.matches(".*\\b(await|until|poll|pause)\\w*\\(.*")) {
        return true;
      }
    }
    return false;
  }

  private static void checkTrees(List<Path> files, Set<String> violations) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  manager,
                  unused -> {},
                  List.of("-proc:none"),
                  null,
                  manager.getJavaFileObjectsFromPaths(files));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new RuleScanner(unit, positions, violations).scan(unit, null);
      }
    }
  }

  private static final class RuleScanner extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final Set<String> violations;

    RuleScanner(CompilationUnitTree unit, SourcePositions positions, Set<String> violations) {
      this.unit = unit;
      this.positions = positions;
      this.violations = violations;
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      LineMap lines = unit.getLineMap();
      long from = lines.getLineNumber(positions.getStartPosition(unit, method));
      long to = lines.getLineNumber(positions.getEndPosition(unit, method));
      if (to - from + 1 > MAX_METHOD_LINES) {
        violations.add(file() + ": " + method.getName() + " has " + (to - from + 1) + " lines");
      }
      return super.visitMethod(method, unused);
    }

    @Override
    public Void visitClass(ClassTree type, Void unused) {
      String name = type.getSimpleName().toString();
      for (String suffix : BANNED_SUFFIXES) {
        if (name.endsWith(suffix)) {
          violations.add(file() + ": class " + name + " ends in " + suffix);
        }
      }
      return super.visitClass(type, unused);
    }

    private String file() {
      return Path.of(unit.getSourceFile().getName()).getFileName().toString();
    }
  }
}
