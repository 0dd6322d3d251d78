package io.engramdb.node.pubsub;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.PushMessage;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.metrics.SlowLog;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;

/** One command as MONITOR shows it. */
final class MonitorLine extends PushMessage {

  private static final String REDACTED = "(redacted)";
  private static final int MICROS_PER_SECOND = 1_000_000;

  private final byte[] line;

  /**
   * A line.
   *
   * @param fromScript a script has called the command, and not the client itself
   */
  MonitorLine(Args args, ClientState client, boolean fromScript, Instant now) {
    StringBuilder text = new StringBuilder();
    text.append(now.getEpochSecond())
        .append(String.format(Locale.ROOT, ".%06d", now.getNano() / 1000 % MICROS_PER_SECOND))
        .append(" [")
        .append(client.database)
        .append(' ')
        .append(fromScript ? "lua" : client.address)
        .append(']');
    for (int i = 0; i < args.count(); i++) {
      text.append(" \"");
      quote(text, SlowLog.isSecret(args, i) ? REDACTED : args.text(i));
      text.append('"');
    }
    line = text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** As Redis prints strings: what is not printable in hexadecimal. */
  private static void quote(StringBuilder text, String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      switch (c) {
        case '\\', '"' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case 0x07 -> text.append("\\a");
        case '\b' -> text.append("\\b");
        default -> {
          if (c >= ' ' && c <= '~') {
            text.append(c);
          } else {
            text.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
          }
        }
      }
    }
  }

  @Override
  public void writeTo(ReplyWriter writer) {
    writer.simple(line);
  }
}
