package io.engramdb.node.rdb;

import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import java.util.function.BiConsumer;

/** Tells two visitors the same keys and functions, and a third the remarks of the file. */
public final class RdbTee implements RdbVisitor {

  private final RdbVisitor first;
  private final RdbVisitor second;
  private final BiConsumer<byte[], byte[]> remarks;

  public RdbTee(RdbVisitor first, RdbVisitor second, BiConsumer<byte[], byte[]> remarks) {
    this.first = first;
    this.second = second;
    this.remarks = remarks;
  }

  @Override
  public void aux(byte[] name, byte[] value) {
    remarks.accept(name, value);
  }

  @Override
  public void function(byte[] source) throws IOException {
    first.function(source);
    second.function(source);
  }

  @Override
  public void string(RdbKey key, byte[] value) throws IOException {
    first.string(key, value);
    second.string(key, value);
  }

  @Override
  public void beginList(RdbKey key, long count) throws IOException {
    first.beginList(key, count);
    second.beginList(key, count);
  }

  @Override
  public void element(byte[] element) throws IOException {
    first.element(element);
    second.element(element);
  }

  @Override
  public void beginSet(RdbKey key, long count) throws IOException {
    first.beginSet(key, count);
    second.beginSet(key, count);
  }

  @Override
  public void member(byte[] member) throws IOException {
    first.member(member);
    second.member(member);
  }

  @Override
  public void beginSortedSet(RdbKey key, long count) throws IOException {
    first.beginSortedSet(key, count);
    second.beginSortedSet(key, count);
  }

  @Override
  public void scoredMember(byte[] member, double score) throws IOException {
    first.scoredMember(member, score);
    second.scoredMember(member, score);
  }

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) throws IOException {
    first.beginHash(key, count, mayExpire);
    second.beginHash(key, count, mayExpire);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) throws IOException {
    first.field(field, value, expireAtMs);
    second.field(field, value, expireAtMs);
  }

  @Override
  public void beginStream(RdbKey key, long count) throws IOException {
    first.beginStream(key, count);
    second.beginStream(key, count);
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] words) throws IOException {
    first.streamEntry(ms, sequence, words);
    second.streamEntry(ms, sequence, words);
  }

  @Override
  public void streamState(StreamState state) throws IOException {
    first.streamState(state);
    second.streamState(state);
  }

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) throws IOException {
    first.group(name, lastDelivered, entriesRead);
    second.group(name, lastDelivered, entriesRead);
  }

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) throws IOException {
    first.consumer(name, seenMs, activeMs);
    second.consumer(name, seenMs, activeMs);
  }

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) throws IOException {
    first.pending(ms, sequence, deliveryMs, deliveries);
    second.pending(ms, sequence, deliveryMs, deliveries);
  }

  @Override
  public void endKey() throws IOException {
    first.endKey();
    second.endKey();
  }
}
