package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"apifront/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// postgres is the URL of a database of the test's own.
func postgres(t *testing.T) string {
	t.Helper()
	return storetest.Schema(t, "pool_max_conns", "8")
}

// suite is the tests that hold on every database.
var suite = map[string]func(*testing.T){
	"TestAHistoryHasEverythingOnce":           TestAHistoryHasEverythingOnce,
	"TestALongHistoryIsReadInAMoment":         TestALongHistoryIsReadInAMoment,
	"TestStepTimesAreBounded":                 TestStepTimesAreBounded,
	"TestWhatDNSSaysIsKept":                   TestWhatDNSSaysIsKept,
	"TestAJobFromStartToEnd":                  TestAJobFromStartToEnd,
	"TestAnAttemptKeepsWhatDiffered":          TestAnAttemptKeepsWhatDiffered,
	"TestWhatAnAttemptKeepsIsBounded":         TestWhatAnAttemptKeepsIsBounded,
	"TestTheWayOfARequestIsKept":              TestTheWayOfARequestIsKept,
	"TestEvidenceOfFindingsIsKept":            TestEvidenceOfFindingsIsKept,
	"TestAnAttemptKeepsItsEvidence":           TestAnAttemptKeepsItsEvidence,
	"TestEvidenceIsBounded":                   TestEvidenceIsBounded,
	"TestExcerptsAreErased":                   TestExcerptsAreErased,
	"TestRerunAndCancel":                      TestRerunAndCancel,
	"TestGoOn":                                TestGoOn,
	"TestAnOlderJobIsNotTriedAgain":           TestAnOlderJobIsNotTriedAgain,
	"TestAChangeIsTheNextRevision":            TestAChangeIsTheNextRevision,
	"TestAChangeHasOneDraftForEachPerson":     TestAChangeHasOneDraftForEachPerson,
	"TestSetupsOfOneNameBecomeOne":            TestSetupsOfOneNameBecomeOne,
	"TestClearedPathsAreCounted":              TestClearedPathsAreCounted,
	"TestRevisionsThatMayBeInPlace":           TestRevisionsThatMayBeInPlace,
	"TestUsageStaysWithTheDraft":              TestUsageStaysWithTheDraft,
	"TestCallsByStep":                         TestCallsByStep,
	"TestWhatCallsAskedFor":                   TestWhatCallsAskedFor,
	"TestManyLooksAtOnce":                     TestManyLooksAtOnce,
	"TestADraftThatIsBehind":                  TestADraftThatIsBehind,
	"TestWhatIsWantedIsMadeFromTheNewest":     TestWhatIsWantedIsMadeFromTheNewest,
	"TestAnotherNameIsAnotherSetup":           TestAnotherNameIsAnotherSetup,
	"TestHistorySearchAndPages":               TestHistorySearchAndPages,
	"TestLooksAreBounded":                     TestLooksAreBounded,
	"TestAnswersAreBounded":                   TestAnswersAreBounded,
	"TestAskingKeepsAnswersBounded":           TestAskingKeepsAnswersBounded,
	"TestPlansGoWithTheirDrafts":              TestPlansGoWithTheirDrafts,
	"TestLooksAreHandedOutInTurn":             TestLooksAreHandedOutInTurn,
	"TestBellsAreRungAgain":                   TestBellsAreRungAgain,
	"TestAClockThatWasAhead":                  TestAClockThatWasAhead,
	"TestASleepIsNotCounted":                  TestASleepIsNotCounted,
	"TestAJumpIsNoWaitForATurn":               TestAJumpIsNoWaitForATurn,
	"TestTheWaitForATurnIsKept":               TestTheWaitForATurnIsKept,
	"TestTurnsAreFairAndKeepTheirDistance":    TestTurnsAreFairAndKeepTheirDistance,
	"TestUsersAndSessions":                    TestUsersAndSessions,
	"TestSessionsEnd":                         TestSessionsEnd,
	"TestOneAdminIsLeft":                      TestOneAdminIsLeft,
	"TestLinksWorkOnce":                       TestLinksWorkOnce,
	"TestTripsAreUsedOnce":                    TestTripsAreUsedOnce,
	"TestFirstCodes":                          TestFirstCodes,
	"TestThereIsOneFirstUser":                 TestThereIsOneFirstUser,
	"TestFallingEndsAll":                      TestFallingEndsAll,
	"TestGroupsThatAreGone":                   TestGroupsThatAreGone,
	"TestInvitationsEndWithTheAccount":        TestInvitationsEndWithTheAccount,
	"TestThereWasAnAdministrator":             TestThereWasAnAdministrator,
	"TestTriesWait":                           TestTriesWait,
	"TestTriesThatWaitWriteNothing":           TestTriesThatWaitWriteNothing,
	"TestTriesAreBounded":                     TestTriesAreBounded,
	"TestLooksAreForgotten":                   TestLooksAreForgotten,
	"TestSecretIsMadeOnce":                    TestSecretIsMadeOnce,
	"TestDrafts":                              TestDrafts,
	"TestNoLookAboutAnUnknownRegion":          TestNoLookAboutAnUnknownRegion,
	"TestResources":                           TestResources,
	"TestConnections":                         TestConnections,
	"TestChangedConnection":                   TestChangedConnection,
	"TestDeleteConnectionInUse":               TestDeleteConnectionInUse,
	"TestLooksAreDeduplicated":                TestLooksAreDeduplicated,
	"TestEveryEarlierSchemaIsBroughtUpToDate": TestEveryEarlierSchemaIsBroughtUpToDate,
	"TestAuditIsWrittenWithTheChange":         TestAuditIsWrittenWithTheChange,
	"TestAuditFindsTampering":                 TestAuditFindsTampering,
	"TestAuditRefusesChanges":                 TestAuditRefusesChanges,
	"TestAuditSearchAndPages":                 TestAuditSearchAndPages,
	"TestIdentities":                          TestIdentities,
	"TestAuditIsOneChainUnderLoad":            TestAuditIsOneChainUnderLoad,
	"TestTurnsHaveLaws":                       TestTurnsHaveLaws,
	"TestGivenUpPlacesMoveTheLine":            TestGivenUpPlacesMoveTheLine,
	"TestTurnsWhenTheClockJumps":              TestTurnsWhenTheClockJumps,
	"TestActsAreKnownByID":                    TestActsAreKnownByID,
	"TestSomebodyElseIsTold":                  TestSomebodyElseIsTold,
	"TestAChangeIsAPersonsByID":               TestAChangeIsAPersonsByID,
	"TestNamesHaveIDs":                        TestNamesHaveIDs,
	"TestRowsOfBeforeGetIDs":                  TestRowsOfBeforeGetIDs,
	"TestProbeKeys":                           TestProbeKeys,
	"TestFindingsOpenAndClose":                TestFindingsOpenAndClose,
	"TestSetupsOfBeforeHaveTheirState":        TestSetupsOfBeforeHaveTheirState,
	"TestAStateNeedsTwoFailures":              TestAStateNeedsTwoFailures,
	"TestTeardownIsARevision":                 TestTeardownIsARevision,
	"TestAdoptedOnce":                         TestAdoptedOnce,
	"TestManyAdoptOne":                        TestManyAdoptOne,
	"TestWhatIsNotAdopted":                    TestWhatIsNotAdopted,
	"TestGivenBack":                           TestGivenBack,
	"TestAnAdoptionIsKeptWhole":               TestAnAdoptionIsKeptWhole,
	"TestFindingsAreKept":                     TestFindingsAreKept,
	"TestPutRightAndNotCheckedYet":            TestPutRightAndNotCheckedYet,
	"TestAJobEndsTheCheckThatIsOpen":          TestAJobEndsTheCheckThatIsOpen,
	"TestAChecksLeaseEnds":                    TestAChecksLeaseEnds,
	"TestLinesOfChecksAreForgotten":           TestLinesOfChecksAreForgotten,
	"TestASetupIsCheckedAtItsHour":            TestASetupIsCheckedAtItsHour,
	"TestChecksOfManySetups":                  TestChecksOfManySetups,
	"TestWhatOvertakesChecksOfMany":           TestWhatOvertakesChecksOfMany,
	"TestChecksBeginOneAfterTheOther":         TestChecksBeginOneAfterTheOther,
	"TestOrderedChecksCountInThePace":         TestOrderedChecksCountInThePace,
	"TestSetupsAreFoundByPath":                TestSetupsAreFoundByPath,
	"TestTheListOfSetups":                     TestTheListOfSetups,
	"TestASetupIsWhereItsNewestRevisionIs":    TestASetupIsWhereItsNewestRevisionIs,
	"TestRenewalsAreRemindedOf":               TestRenewalsAreRemindedOf,
	"TestWhoIsToldIsReadWithTheRest":          TestWhoIsToldIsReadWithTheRest,
	"TestWhatCertificatesNeedIsKept":          TestWhatCertificatesNeedIsKept,
	"TestOldChecksAreFolded":                  TestOldChecksAreFolded, "TestChecksOfOneMillisecondHaveOneOrder": TestChecksOfOneMillisecondHaveOneOrder, "TestAPingIsNoQuery": TestAPingIsNoQuery, "TestAHealthyCheckIsASmallRow": TestAHealthyCheckIsASmallRow,
	"TestHowOftenIsSet":                         TestHowOftenIsSet,
	"TestALookIsOutdatedByAJobThatEnded":        TestALookIsOutdatedByAJobThatEnded,
	"TestTrailsBelongToFindings":                TestTrailsBelongToFindings,
	"TestTrailsAreGivenBack":                    TestTrailsAreGivenBack,
	"TestTrailRefusalsAreRemembered":            TestTrailRefusalsAreRemembered,
	"TestRightSince":                            TestRightSince,
	"TestOurCalls":                              TestOurCalls,
	"TestJobsTell":                              TestJobsTell,
	"TestChecksTell":                            TestChecksTell,
	"TestMutingTellsNothing":                    TestMutingTellsNothing,
	"TestPlacesAreToldWhatTheyWant":             TestPlacesAreToldWhatTheyWant,
	"TestAPlaceIsPaused":                        TestAPlaceIsPaused,
	"TestResend":                                TestResend,
	"TestDeliveriesAreClaimed":                  TestDeliveriesAreClaimed,
	"TestWhatIsDeliveredStaysAsItIs":            TestWhatIsDeliveredStaysAsItIs,
	"TestNoticesAreForgotten":                   TestNoticesAreForgotten,
	"TestADiagnosisFromStartToEnd":              TestADiagnosisFromStartToEnd,
	"TestTypedKeys":                             TestTypedKeys,
	"TestADiagnosisOutlivesItsWorker":           TestADiagnosisOutlivesItsWorker,
	"TestADiagnosisIsStopped":                   TestADiagnosisIsStopped,
	"TestDiagnosesAreLimited":                   TestDiagnosesAreLimited,
	"TestDiagnosesAtOnceAreLimited":             TestDiagnosesAtOnceAreLimited,
	"TestDiagnosesAreCountedWhateverBeganFirst": TestDiagnosesAreCountedWhateverBeganFirst,
	"TestDiagnosesAreBounded":                   TestDiagnosesAreBounded,
	"TestMetrics":                               TestMetrics,
	"TestSetupsNamed":                           TestSetupsNamed,
}

// TestPostgres runs the suite on PostgreSQL; by themselves its tests run on
// SQLite.
func TestPostgres(t *testing.T) {
	storetest.Need(t)
	for name, test := range suite {
		t.Run(name, test)
	}
}

// TestSuiteIsWhole finds tests that open a database and are not in the suite.
func TestSuiteIsWhole(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	must(t, err)
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		must(t, err)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(fn.Name.Name, "Test") || suite[fn.Name.Name] != nil {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok {
					if id, ok := c.Fun.(*ast.Ident); ok && (id.Name == "open" || id.Name == "databaseName") {
						t.Errorf("%s opens a database and is not in the suite, so it does not run on PostgreSQL", fn.Name.Name)
					}
				}
				return true
			})
		}
	}
}
