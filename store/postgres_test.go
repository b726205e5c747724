package store

import (
	"context"
	"crypto/rand"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// postgres is the URL of a schema of the test's own in the database that
// TEST_POSTGRES names.
func postgres(t *testing.T) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	schema := "test_" + strings.ToLower(rand.Text())
	do := func(sql string) {
		t.Helper()
		conn, err := pgx.Connect(context.Background(), base)
		must(t, err)
		_, err = conn.Exec(context.Background(), sql)
		must(t, errors.Join(err, conn.Close(context.Background())))
	}
	do("CREATE SCHEMA " + schema)
	t.Cleanup(func() { do("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(base)
	must(t, err)
	q := u.Query()
	q.Set("search_path", schema)
	q.Set("pool_max_conns", "8")
	u.RawQuery = q.Encode()
	return u.String()
}

// suite is the tests that hold on every database.
var suite = map[string]func(*testing.T){
	"TestAJobFromStartToEnd":                  TestAJobFromStartToEnd,
	"TestAnAttemptKeepsWhatDiffered":          TestAnAttemptKeepsWhatDiffered,
	"TestWhatAnAttemptKeepsIsBounded":         TestWhatAnAttemptKeepsIsBounded,
	"TestRerunAndCancel":                      TestRerunAndCancel,
	"TestAnOlderJobIsNotTriedAgain":           TestAnOlderJobIsNotTriedAgain,
	"TestAChangeIsTheNextRevision":            TestAChangeIsTheNextRevision,
	"TestSetupsOfOneNameBecomeOne":            TestSetupsOfOneNameBecomeOne,
	"TestCallsByStep":                         TestCallsByStep,
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
}

// TestPostgres runs the suite on PostgreSQL; by themselves its tests run on
// SQLite.
func TestPostgres(t *testing.T) {
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no database")
	}
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
