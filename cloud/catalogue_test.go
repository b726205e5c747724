package cloud_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// onePerPage makes every list of the simulator come in pages of one.
var onePerPage = sim.Config{PageSize: 1}

func TestIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Config{})
	got, err := w.open(t, "eu-west-1").Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := setup.Identity{AccountID: accountID, ARN: "arn:aws:iam::" + accountID + ":user/ada", Partition: "aws"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if next := w.open(t, "eu-west-1"); next.ID != accountID {
		t.Errorf("the next account has ID %q, want %s", next.ID, accountID)
	}
	calls := w.calls.all()
	if len(calls) != 1 {
		t.Fatalf("recorded %+v", calls)
	}
	c := calls[0]
	if c.RequestID == "" || c.StartedAt.IsZero() {
		t.Errorf("recorded without request ID or time: %+v", c)
	}
	c.RequestID, c.StartedAt, c.Took = "", time.Time{}, 0
	if diff := cmp.Diff(setup.Call{Service: "sts", Operation: "GetCallerIdentity", Region: "eu-west-1", Status: 200}, c); diff != "" {
		t.Error(diff)
	}
}

func TestAPIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onePerPage)
	for _, api := range []sim.API{
		{Name: "orders", Kind: "REST", Stages: []string{"prod", "dev"}},
		{Name: "billing", Kind: "REST", Stages: []string{"prod"}},
		{Name: "Admin", Kind: "HTTP", Stages: []string{"$default", "beta"}},
		{Name: "chat", Kind: "WEBSOCKET", Stages: []string{"live"}},
		{Name: "old", Kind: "REST", Endpoint: "EDGE", Stages: []string{"prod"}},
		{Name: "inside", Kind: "REST", Endpoint: "PRIVATE", Stages: []string{"prod"}},
		{Name: "new", Kind: "REST"},
	} {
		w.sim.AddAPI(accountID, "eu-west-1", api)
	}
	w.sim.AddAPI(accountID, "us-east-1", sim.API{Name: "elsewhere", Kind: "HTTP", Stages: []string{"$default"}})

	got, err := w.open(t, "eu-west-1").APIs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	type line struct{ Name, Kind, Endpoint, Stages, Refused string }
	lines := make([]line, 0, len(got))
	for _, g := range got {
		refused, _, _ := strings.Cut(g.Refused, ":")
		refused, _, _ = strings.Cut(refused, ",")
		lines = append(lines, line{g.Name, string(g.Kind), g.Endpoint, strings.Join(g.Stages, " "), refused})
		if g.ID == "" {
			t.Errorf("%s has no ID", g.Name)
		}
	}
	want := []line{
		{"Admin", "HTTP", "REGIONAL", "$default beta", ""},
		{"billing", "REST", "REGIONAL", "prod", ""},
		{"chat", "WEBSOCKET", "REGIONAL", "live", ""},
		{"inside", "REST", "PRIVATE", "", "It is private"},
		{"new", "REST", "REGIONAL", "", "It has never been deployed"},
		{"old", "REST", "EDGE", "", "It is edge-optimised"},
		{"orders", "REST", "REGIONAL", "dev prod", ""},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onePerPage)
	good := w.sim.AddZone(accountID, "example.com")
	twin := w.sim.AddTwinZone(accountID, "example.com")
	lost := w.sim.AddTwinZone(accountID, "lost.org")
	inside := w.sim.AddPrivateZone(accountID, "corp.example.com")
	w.sim.AddZone("999900001111", "foreign.net")

	got, err := w.open(t, "eu-west-1").Zones(t.Context(), w.cloud.Prober(w.calls.record))
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]setup.Zone{}
	for _, z := range got {
		byID[z.ID] = z
	}
	if len(got) != 4 {
		t.Errorf("got %d zones, want 4: %+v", len(got), got)
	}
	if z := byID[good]; z.Name != "example.com" || !z.Delegated || z.Refused != "" || len(z.NameServers) != 4 {
		t.Errorf("delegated zone: %+v", z)
	}
	if z := byID[twin]; z.Delegated || !strings.Contains(z.Refused, good) {
		t.Errorf("twin: %+v", z)
	}
	if z := byID[lost]; z.Delegated || !strings.Contains(z.Refused, "DNS does not lead to it") {
		t.Errorf("zone nobody delegates to: %+v", z)
	}
	if z := byID[inside]; !z.Private || !strings.Contains(z.Refused, "private") {
		t.Errorf("private zone: %+v", z)
	}
	unasked, err := w.open(t, "eu-west-1").Zones(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range unasked {
		if z.Delegated || !z.Private && z.Refused != "" {
			t.Errorf("DNS was not asked, and yet: %+v", z)
		}
	}
}

// TestManyZones: Route 53 is asked only where DNS leaves a doubt.
func TestManyZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Config{})
	for i := range 50 {
		w.sim.AddZone(accountID, "zone"+strings.Repeat("x", i)+".com")
	}
	w.sim.AddTwinZone(accountID, "zone.com")
	got, err := w.open(t, "eu-west-1").Zones(t.Context(), w.cloud.Prober(nil))
	if err != nil {
		t.Fatal(err)
	}
	delegated := 0
	for _, z := range got {
		if z.Delegated && len(z.NameServers) > 0 {
			delegated++
		}
	}
	asked := slices.DeleteFunc(w.calls.all(), func(c setup.Call) bool { return c.Operation != "GetHostedZone" })
	if len(got) != 51 || delegated != 50 || len(asked) != 2 {
		t.Errorf("%d zones, %d delegated, %d asked; want 51, 50, 2", len(got), delegated, len(asked))
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, onePerPage)
		day := 24 * time.Hour
		now := time.Now()
		add := func(region string, c sim.Certificate) string { return w.sim.AddCertificate(accountID, region, c) }
		want := map[string]string{
			add("us-east-1", sim.Certificate{Names: []string{"api.example.com"}}):                                                             "",
			add("us-east-1", sim.Certificate{Names: []string{"example.com", "*.example.com"}, Key: "EC_prime256v1"}):                          "",
			add("us-east-1", sim.Certificate{Names: []string{"api.example.com"}, Key: "RSA_4096"}):                                            "Its key is RSA 4096",
			add("us-east-1", sim.Certificate{Names: []string{"api.example.com"}, Type: "IMPORTED"}):                                           "It was imported",
			add("eu-west-1", sim.Certificate{Names: []string{"*.example.com"}, Status: "PENDING_VALIDATION"}):                                 "It is not issued yet",
			add("eu-west-1", sim.Certificate{Names: []string{"*.example.com"}, Status: "EXPIRED", NotAfter: now.Add(-day)}):                   "It expired on " + now.Add(-day).UTC().Format("2 January 2006"),
			add("eu-west-1", sim.Certificate{Names: []string{"api.example.com"}, IssuedAt: now.Add(-150 * day), NotAfter: now.Add(13 * day)}): "It ends in 13 days",
		}
		add("us-east-1", sim.Certificate{Names: []string{"example.com"}})
		add("us-east-1", sim.Certificate{Names: []string{"*.api.example.com"}})
		add("ap-south-1", sim.Certificate{Names: []string{"api.example.com"}})

		got, err := w.open(t, "eu-west-1").Certificates(t.Context(), "api.example.com")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got {
			refused, known := want[c.ARN]
			if !known {
				t.Errorf("does not cover the name, or is in another region: %+v", c)
			}
			if !strings.HasPrefix(c.Refused, refused) || refused == "" && c.Refused != "" {
				t.Errorf("refused %q, want %q: %+v", c.Refused, refused, c)
			}
			if c.Region != strings.Split(c.ARN, ":")[3] {
				t.Errorf("region %s of %s", c.Region, c.ARN)
			}
		}
		if len(got) != len(want) {
			t.Errorf("got %d certificates, want %d", len(got), len(want))
		}
		if len(got) > 1 && (got[0].Region != "us-east-1" || got[0].Refused != "" || got[1].Refused != "") {
			t.Errorf("usable ones of us-east-1 do not come first: %+v", got[:2])
		}
	})
}
