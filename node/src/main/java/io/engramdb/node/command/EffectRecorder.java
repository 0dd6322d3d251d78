package io.engramdb.node.command;

/**
 * Takes what must be replicated: canonical commands with absolute times and explicit members. What
 * one command, transaction or script records is applied whole or not at all.
 */
public interface EffectRecorder {

  /**
   * Begins one effect; as many {@link #argument} calls must follow.
   *
   * @param name the command's name, ASCII
   * @param argumentCount words behind the name
   */
  void begin(int database, byte[] name, int argumentCount);

  void argument(byte[] buffer, int offset, int length);

  default void argument(byte[] bytes) {
    argument(bytes, 0, bytes.length);
  }

  /** A number in decimal. */
  void argument(long value);

  /** One word of a request. */
  default void argument(Args args, int word) {
    argument(args.array(), args.offset(word), args.length(word));
  }

  /** One whole effect. */
  default void record(int database, byte[] name, byte[]... arguments) {
    begin(database, name, arguments.length);
    for (byte[] argument : arguments) {
      argument(argument, 0, argument.length);
    }
  }

  /** A request as it came. */
  default void request(int database, Args args) {
    begin(database, args.copy(0), args.count() - 1);
    for (int i = 1; i < args.count(); i++) {
      argument(args, i);
    }
  }

  /** Forgets everything; for replay. */
  EffectRecorder NONE =
      new EffectRecorder() {
        @Override
        public void begin(int database, byte[] name, int argumentCount) {}

        @Override
        public void argument(byte[] buffer, int offset, int length) {}

        @Override
        public void argument(long value) {}

        @Override
        public void request(int database, Args args) {}
      };
}
