package io.engramdb.node.cli;

import java.util.ArrayList;
import java.util.List;

/** A report as a person reads it: a table and a verdict. */
final class StatusText {
  private static final List<String> TITLES =
      List.of("NAME", "ZONE", "ROLE", "STATE", "ADDRESS", "PID", "TERM", "COMMITTED", "APPLIED");

  private StatusText() {}

  static String render(ClusterReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(TITLES);
    for (MemberReport member : report.members()) {
      rows.add(row(member));
    }
    StringBuilder text = new StringBuilder();
    int[] widths = new int[TITLES.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.append(verdict(report)).toString();
  }

  private static List<String> row(MemberReport member) {
    int port = member.port() == 0 ? member.logPort() : member.port();
    return List.of(
        member.name(),
        member.zone(),
        member.role(),
        member.state(),
        member.host() + ":" + port,
        member.pid() == null ? "-" : Long.toString(member.pid()),
        number(member.term()),
        number(member.commitIndex()),
        number(member.appliedIndex()));
  }

  private static String number(long value) {
    return value < 0 ? "-" : Long.toString(value);
  }

  /** One line that says whether all is well, and what is not. */
  static String verdict(ClusterReport report) {
    List<String> missing = new ArrayList<>();
    for (MemberReport member : report.members()) {
      if (!member.isUp()) {
        missing.add(member.name() + (member.detail() == null ? "" : " (" + member.detail() + ")"));
      }
    }
    String names = String.join(", ", missing);
    return switch (report.state()) {
      case ClusterReport.OK ->
          "OK: primary "
              + report.primary().map(MemberReport::name).orElse("?")
              + ", every member is up";
      case ClusterReport.DEGRADED ->
          "DEGRADED: a primary serves, not up: " + names + "; engram up starts what is missing";
      default -> missing.isEmpty() ? "DOWN: no primary yet" : "DOWN: no primary; not up: " + names;
    };
  }
}
