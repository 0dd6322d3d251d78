package io.engramdb.node.sim;

import static io.engramdb.node.sim.Mutation.answers;
import static io.engramdb.node.sim.Mutation.exchanges;
import static io.engramdb.node.sim.Mutation.redirects;
import static io.engramdb.node.sim.Mutation.skips;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A rule that nobody would miss is no rule: each is switched off in turn, and the schedule named
 * beside it must notice.
 */
class MutationTest {

  record Row(Mutation mutation, String schedule) {}

  private static Row row(
      String what, String type, java.lang.classfile.ClassTransform change, String schedule) {
    return new Row(Mutation.of(what, type, change), schedule);
  }

  static List<Row> rows() {
    return Stream.of(lossRows(), leaseRows(), epochRows(), availabilityRows())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Row> lossRows() {
    return List.of(
        row(
            "R2 unsent effects do not taint",
            "shard.Shard",
            skips("demote", "hasUnsent"),
            "anUnsentEffectDoesNotSurviveDemotion"),
        row(
            "R2 lost records do not taint",
            "durability.LeadershipGate",
            answers("recordLost", 0),
            "aRecordThatWasLostIsForgotten"),
        new Row(
            Mutation.wrapping("R2 a commit is told before it is one", "aheadOfTheMajority"),
            "aRecordThatWasLostIsForgotten"),
        row(
            "R2 what was settled ahead is taken for somebody else's when its turn comes",
            "durability.DurableShard$Events",
            skips("committedAhead", "noteAhead"),
            "whatWasToldAheadStaysWhateverFollows"),
        row(
            "R3 speculative memory is shown",
            "shard.ShardState",
            answers("showsData", 1),
            "speculativeMemoryIsHidden"),
        row(
            "R5 expiry is observed but not logged",
            "engine.Keyspace",
            answers("expire", 0),
            "anExpiredKeyStaysGone"),
        row(
            "R7 an open run survives promotion",
            "shard.ReplayExecutor",
            answers("dropOpenRun", 0),
            "aRunThatIsCutShortIsDropped"),
        row(
            "R7 parts are applied one by one",
            "shard.EffectCodec",
            answers("parts", 3),
            "aRunThatIsCutShortIsDropped"),
        row(
            "R4 replay looks at the clock",
            "shard.ReplayExecutor",
            exchanges("REPLAY", "REPLICA_READ"),
            "replayNeverLooksAtTheClock"));
  }

  private static List<Row> leaseRows() {
    return List.of(
        row(
            "R10 no lease at all",
            "shard.Lease",
            answers("isValid", 1),
            "anIsolatedPrimaryAnswersNoReads"),
        row(
            "R10 no lease for reads that were parked",
            "session.Session",
            redirects("run", "close", "session.SessionMutants"),
            "aParkedReadNeedsTheLeaseToo"),
        new Row(
            new Mutation(
                "R10 the lease is looked at before execution",
                List.of(
                    new Mutation.Edit(
                        "shard.Shard", redirects("beginTurn", "execute", "shard.ShardMutants")),
                    new Mutation.Edit(
                        "shard.Shard", redirects("endTurn", "nanoTime", "shard.ShardMutants"))),
                ""),
            "theLeaseIsLookedAtAfterExecution"),
        new Row(
            new Mutation(
                "R11 without a lease nothing is submitted for reads",
                List.of(
                    new Mutation.Edit(
                        "shard.Shard",
                        answers("renewIfNeeded", 0).andThen(answers("sendAwaited", 0)))),
                ""),
            "readsAreServedWithoutALease"),
        row(
            "R11 a lease that comes back is not noticed",
            "shard.Shard",
            skips("committed", "releaseLeaseless"),
            "aReadDoesNotWaitForAHugeRun"),
        row(
            "R12 a release keeps the lease",
            "shard.Shard",
            skips("releaseLease", "drop"),
            "aReleasedLeaseIsGone"),
        new Row(
            Mutation.wrapping("R12 an old release shortens the wait", "anyRelease"),
            "anOldReleaseDoesNotShortenTheWait"),
        row(
            "R13 a hand-over does not drain",
            "shard.Shard",
            answers("isDrained", 1),
            "aHandOverDrainsFirstAndLosesNothing"),
        row(
            "R17 a change holds before it is committed",
            "shard.CommandExecutor$Context",
            redirects("whenCommitted", "whenCommitted", "shard.ShardMutants"),
            "aGrantThatIsLostWasNeverGiven"),
        row(
            "R14 the lease duration is the node's",
            "durability.LeadershipGate",
            skips("genesisCommitted", "setDurationMs"),
            "theWaitIsTheShardsAndNotTheNodes"),
        row(
            "no wait for older leases",
            "shard.Lease",
            answers("waitOutNanos", 0),
            "aNewPrimaryWaitsForTheOldLease"),
        new Row(
            Mutation.wrapping("R15 commits are matched by index", "matchByIndex"),
            "aRecordThatWasLostIsForgotten"),
        new Row(
            Mutation.wrapping("no epoch fence", "noFence"), "theLogRefusesWhatAnOldEpochExecuted"));
  }

  private static List<Row> epochRows() {
    return List.of(
        row(
            "R16 dirty keys are read at once",
            "shard.CommandExecutor",
            skips("dependOnWhatWasSeen", "newestTouched"),
            "aDirtyKeyWaits"),
        row(
            "R16 a function does not wait for its library",
            "engine.StoredScripts",
            skips("lookAtLibraries", "scriptsTouched"),
            "aLibraryThatIsLostIsNotCalled"),
        row(
            "R16 a flush marks nothing",
            "shard.DirtyKeys",
            answers("markAll", 0),
            "aFlushMakesEverythingDirty"),
        row(
            "R16 a removal marks nothing",
            "engine.Keyspace",
            skips("remove", "changing"),
            "aDeletedKeyIsDirty"),
        row(
            "R18 watches survive",
            "shard.WatchedKeys",
            answers("breakAll", 0),
            "aWatchBreaksWithTheEpoch"),
        row(
            "R18 connections survive",
            "session.Session",
            answers("leadershipLost", 0),
            "aLostReplyClosesItsConnection"));
  }

  private static List<Row> availabilityRows() {
    return List.of(
        row(
            "a log that is closed on purpose is taken for a broken one",
            "durability.DurableShard",
            answers("isClosing", 0),
            "aClosedLogIsNoFailure"),
        row(
            "R20 no watchdog",
            "durability.LeadershipGate",
            answers("tick", 0),
            "theWatchdogIsForPrimariesThatWait"),
        row(
            "R21 nobody hands back",
            "durability.LeadershipGate",
            answers("handBackIfNotLeading", 0),
            "whoCannotLeadHandsBack"),
        row("R22 no budget", "shard.Shard", answers("hasBudget", 1), "whatWaitsIsBounded"),
        row(
            "R22 nobody is resumed",
            "shard.Shard",
            answers("resumeStalled", 0),
            "whatWaitsIsBounded"),
        row(
            "R23 half-closed is closed",
            "session.ReplyQueue",
            answers("isEmpty", 1),
            "halfClosedClientsGetTheirReplies"),
        row(
            "R25 floats are logged as requests",
            "commands.StringCommands",
            exchanges("EFFECTS", "VERBATIM"),
            "inexactCommandsAreLoggedAsTheirResult"),
        row(
            "R19 time is not steered",
            "shard.ShardClock",
            skips("readMs", "min"),
            "timeNeitherStopsNorTurnsBack"));
  }

  @TestFactory
  Stream<DynamicTest> theRuleIsMissed() {
    return rows().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    row.mutation().name(),
                    () ->
                        assertNotNull(
                            row.mutation().noticedBy(row.schedule()),
                            "nobody noticed: " + row.mutation().name())));
  }
}
