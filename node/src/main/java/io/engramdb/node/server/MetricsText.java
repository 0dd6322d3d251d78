package io.engramdb.node.server;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Collects figures and writes them in Prometheus' text format. Filled by one thread at a time; made
 * for one scrape.
 */
final class MetricsText {
  static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private static final double[] QUANTILES = {0.5, 0.99, 0.999};

  private final List<MetricSnapshot> others = new ArrayList<>();
  private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
  private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();

  /** A figure that goes up and down; labels are names and values in turn. */
  void gauge(String name, String help, double value, String... labels) {
    gauges
        .computeIfAbsent(name, unused -> GaugeSnapshot.builder().name(name).help(help))
        .dataPoint(
            GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .value(value)
                .labels(Labels.of(labels))
                .build());
  }

  /** A figure that only grows; {@code _total} is added to its name. */
  void counter(String name, String help, double value, String... labels) {
    counters
        .computeIfAbsent(name, unused -> CounterSnapshot.builder().name(name).help(help))
        .dataPoint(
            CounterSnapshot.CounterDataPointSnapshot.builder()
                .value(value)
                .labels(Labels.of(labels))
                .build());
  }

  /** What does not change; {@code _info} is added to its name. */
  void facts(String name, String help, String... labels) {
    others.add(
        new InfoSnapshot(
            new MetricMetadata(name, help),
            List.of(new InfoSnapshot.InfoDataPointSnapshot(Labels.of(labels)))));
  }

  /**
   * Durations in seconds.
   *
   * @param percentileNs nanoseconds of a percentile, 0 to 100
   */
  void durations(
      String name, String help, long count, double totalNs, DoubleUnaryOperator percentileNs) {
    List<Quantile> quantiles = new ArrayList<>();
    for (double quantile : QUANTILES) {
      quantiles.add(new Quantile(quantile, percentileNs.applyAsDouble(quantile * 100) / 1e9));
    }
    others.add(
        SummarySnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(
                SummarySnapshot.SummaryDataPointSnapshot.builder()
                    .count(count)
                    .sum(totalNs / 1e9)
                    .quantiles(Quantiles.of(quantiles))
                    .build())
            .build());
  }

  byte[] bytes() {
    List<MetricSnapshot> all = new ArrayList<>(others);
    gauges.values().forEach(gauge -> all.add(gauge.build()));
    counters.values().forEach(counter -> all.add(counter.build()));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(bytes, new MetricSnapshots(all));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }
}
