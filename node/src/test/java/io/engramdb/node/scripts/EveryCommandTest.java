package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.engine.value.ValueLimits;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A command on data is complete only with a script and a document. */
class EveryCommandTest {

  private static List<CommandSpec> dataCommands() {
    CommandTable.Builder table = new CommandTable.Builder();
    AllCommands.dataFamilies(new ValueLimits()).forEach(family -> family.register(table));
    return table.build().all();
  }

  @Test
  void everyDataCommandHasAScript() {
    Set<String> scripted =
        CommandScriptTest.scripts().stream()
            .map(CommandScriptTest::name)
            .map(name -> name.substring(name.indexOf('/') + 1))
            .collect(Collectors.toSet());
    List<String> missing =
        dataCommands().stream()
            .filter(spec -> spec.container() == null && !scripted.contains(spec.name()))
            .map(CommandSpec::fullName)
            .toList();
    assertEquals(List.of(), missing, "commands without a script");
  }

  @Test
  void everyDataCommandHasADocumentThatAgreesWithItsRow() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (CommandSpec spec : dataCommands()) {
      JsonNode document = document(spec.group()).path(spec.fullName());
      boolean agrees =
          document.path("since").asText().equals(spec.since())
              && document.path("group").asText().equals(spec.group().wireName())
              && !document.path("summary").asText().isEmpty()
              && !document.path("complexity").asText().isEmpty();
      if (!agrees) {
        wrong.add(spec.fullName());
      }
    }
    assertEquals(List.of(), wrong, "commands without a document, or with another since or group");
  }

  private static JsonNode document(CommandGroup group) throws IOException {
    String path = "/commands/" + group.wireName() + ".json";
    try (InputStream stream = EveryCommandTest.class.getResourceAsStream(path)) {
      return new ObjectMapper().readTree(stream).path("commands");
    }
  }
}
