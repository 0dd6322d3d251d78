package io.engramdb.node.engine.value;

import java.util.random.RandomGenerator;

/**
 * Passes on a number of elements chosen at random out of all that it sees, each with the same
 * chance. Selection sampling: Knuth, The Art of Computer Programming 3.4.2, algorithm S.
 */
final class SelectionSample implements ElementVisitor {

  private final RandomGenerator random;
  private final ElementVisitor visitor;
  private int toSee;
  private int toChoose;

  SelectionSample(int size, int count, RandomGenerator random, ElementVisitor visitor) {
    this.toSee = size;
    this.toChoose = count;
    this.random = random;
    this.visitor = visitor;
  }

  private boolean chosen() {
    boolean chosen = random.nextInt(toSee) < toChoose;
    toSee--;
    if (chosen) {
      toChoose--;
    }
    return chosen;
  }

  @Override
  public boolean text(byte[] array, int offset, int length) {
    return (!chosen() || visitor.text(array, offset, length)) && toChoose > 0;
  }

  @Override
  public boolean integer(long value) {
    return (!chosen() || visitor.integer(value)) && toChoose > 0;
  }
}
