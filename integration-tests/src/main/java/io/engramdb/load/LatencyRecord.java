package io.engramdb.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What was answered in the measured window, by kind of request. A request belongs to the window if
 * it should have been sent in it.
 */
final class LatencyRecord {
  private static final long MAX_NS = 600_000_000_000L;
  private static final int DIGITS = 3;
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};

  private final List<String> names;
  private final List<Histogram> histograms = new ArrayList<>();
  private final Histogram lag = new Histogram(MAX_NS, DIGITS);
  private final long fromNs;
  private final long untilNs;
  private long answeredCount;
  private long failureCount;
  private long unansweredCount;
  private @Nullable String firstFailure;

  /**
   * @param names of the kinds
   * @param fromNs begin of the measured window
   * @param untilNs its end
   */
  LatencyRecord(List<String> names, long fromNs, long untilNs) {
    this.names = names;
    this.fromNs = fromNs;
    this.untilNs = untilNs;
    for (int i = 0; i < names.size(); i++) {
      histograms.add(new Histogram(MAX_NS, DIGITS));
    }
  }

  /** An open loop's request left later than it should have. */
  void left(long intendedNs, long nowNs) {
    if (inWindow(intendedNs)) {
      lag.recordValue(bounded(nowNs - intendedNs));
    }
  }

  void answered(int kind, long intendedNs, long nowNs, @Nullable String failure) {
    if (failure != null) {
      failureCount++;
      firstFailure = firstFailure == null ? failure : firstFailure;
    }
    // Throughput is what is answered within the window, whenever it was sent.
    if (nowNs - fromNs >= 0 && nowNs - untilNs < 0) {
      answeredCount++;
    }
    if (inWindow(intendedNs)) {
      histograms.get(kind).recordValue(bounded(nowNs - intendedNs));
    }
  }

  /** Nobody knows how long it would have taken: at least until now. */
  void unanswered(int kind, long intendedNs, long nowNs) {
    if (inWindow(intendedNs)) {
      unansweredCount++;
      histograms.get(kind).recordValue(bounded(nowNs - intendedNs));
    }
  }

  private boolean inWindow(long intendedNs) {
    return intendedNs - fromNs >= 0 && intendedNs - untilNs < 0;
  }

  private static long bounded(long ns) {
    return Math.clamp(ns, 0, MAX_NS);
  }

  /**
   * The result as JSON.
   *
   * @param endNs when the last answer came or waiting ended
   */
  String json(long endNs) {
    double seconds = (Math.min(endNs, untilNs) - fromNs) / 1e9;
    StringBuilder out = new StringBuilder("{");
    out.append(number("seconds", seconds)).append(", ");
    out.append("\"answered\": ").append(answeredCount).append(", ");
    out.append(number("rate", answeredCount / seconds)).append(", ");
    out.append("\"failures\": ").append(failureCount).append(", ");
    out.append("\"unanswered\": ").append(unansweredCount).append(", ");
    out.append("\"first_failure\": ").append(quoted(firstFailure)).append(", ");
    out.append("\"lag_ms\": ").append(percentiles(lag)).append(", \"kinds\": {");
    for (int i = 0; i < names.size(); i++) {
      out.append(i == 0 ? "" : ", ").append(quoted(names.get(i))).append(": ");
      out.append(percentiles(histograms.get(i)));
    }
    return out.append("}}").toString();
  }

  private static String percentiles(Histogram histogram) {
    StringBuilder out = new StringBuilder("{\"count\": ").append(histogram.getTotalCount());
    out.append(", ").append(number("mean", histogram.getMean() / 1e6));
    for (double percentile : PERCENTILES) {
      String name = percentile == 100 ? "max" : "p" + Double.toString(percentile);
      double ms = histogram.getValueAtPercentile(percentile) / 1e6;
      out.append(", ").append(number(name.replaceAll("\\.0$", ""), ms));
    }
    return out.append('}').toString();
  }

  private static String number(String name, double value) {
    return String.format(Locale.ROOT, "\"%s\": %.6f", name, Double.isFinite(value) ? value : 0);
  }

  private static String quoted(@Nullable String text) {
    if (text == null) {
      return "null";
    }
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      out.append(c == '"' || c == '\\' || c < ' ' ? '?' : c);
    }
    return out.append('"').toString();
  }
}
