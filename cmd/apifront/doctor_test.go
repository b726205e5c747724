package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/doctor"
	"apifront/setup"
)

// verdictWords are what the verdicts mean, for the document.
var verdictWords = []struct {
	verdict setup.Verdict
	words   string
}{
	{setup.VerdictHealthy, "nothing is wrong, and there is nothing to remark"},
	{setup.VerdictRemarks, "requests reach the API; some settings differ from what apifront would make"},
	{setup.VerdictWrong, "the findings say what is wrong"},
	{setup.VerdictUnsure, "several causes look alike, or what was seen does not tell"},
	{setup.VerdictPastCloudFront, "the name leads straight to API Gateway"},
	{setup.VerdictStranger, "something answers that shows no sign of API Gateway"},
	{setup.VerdictNoName, "DNS has no address for the name"},
	{setup.VerdictNotDelegated, "there is a zone for the name, but DNS does not lead to it"},
	{setup.VerdictPrivate, "the name leads to addresses that are not on the public Internet"},
	{setup.VerdictCouldNot, "no DNS server could be reached"},
	{setup.VerdictStopped, "the diagnosis was stopped before its end"},
}

//go:generate go test -run TestDoctorDocument -update .

// TestDoctorDocument holds docs/doctor.md and the output together: every member of the
// JSON document, every verdict with its exit code, every look.
func TestDoctorDocument(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "doctor.md")
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	verdicts := "| verdict | exit code | meaning |\n|---|---|---|\n"
	for _, v := range verdictWords {
		verdicts += fmt.Sprintf("| `%s` | %d | %s |\n", v.verdict, doctorExit(v.verdict), v.words)
	}
	looks := "| look | part of a request's way | what is looked at |\n|---|---|---|\n"
	for _, l := range doctor.Looks() {
		looks += fmt.Sprintf("| `%s` | %s | %s |\n", l.ID, l.Part, l.Title)
	}
	for mark, part := range map[string]string{"verdicts": verdicts, "looks": looks, "json": members(reflect.TypeFor[doctorDocument](), "")} {
		before, rest, ok := strings.Cut(text, "<!-- "+mark+" -->\n")
		_, after, closed := strings.Cut(rest, "<!-- /"+mark+" -->")
		if !ok || !closed {
			t.Fatalf("%s has no part for %s", file, mark)
		}
		text = before + "<!-- " + mark + " -->\n" + part + "<!-- /" + mark + " -->" + after
	}
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if text != string(old) {
		t.Errorf("%s is not up to date: run go generate ./... and commit", file)
	}
	for _, flag := range []string{"json", "verbose", "profile", "region", "no-aws", "endpoint-url", "open-websocket", "key-header"} {
		if !strings.Contains(text, "`--"+flag) {
			t.Errorf("%s does not name --%s", file, flag)
		}
	}
}

// members is the table of a JSON object, with those of the objects in it.
func members(typ reflect.Type, of string) string {
	b := "| member | type | meaning |\n|---|---|---|\n"
	if of != "" {
		b = "\n### " + of + "\n\n" + b
	}
	var further string
	for i := range typ.NumField() {
		f := typ.Field(i)
		kind, inner := f.Type, f.Type
		word := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "number", reflect.Int64: "number", reflect.Bool: "boolean"}[kind.Kind()]
		if kind.Kind() == reflect.Slice {
			inner, word = kind.Elem(), "list of strings"
		}
		switch {
		case inner == reflect.TypeFor[time.Time]():
			word = "time (RFC 3339)"
		case inner == reflect.TypeFor[doctorAsked]():
			word = "list of questions"
			if !strings.Contains(further, "\n### A question\n") && of == "findings" {
				further += members(inner, "A question")
			}
		case inner.Kind() == reflect.Struct && kind.Kind() == reflect.Slice:
			word = "list of objects"
			further += members(inner, f.Tag.Get("json"))
		case inner.Kind() == reflect.Struct:
			word = "object"
			further += members(inner, f.Tag.Get("json"))
		}
		b += fmt.Sprintf("| `%s` | %s | %s |\n", f.Tag.Get("json"), word, f.Tag.Get("doc"))
	}
	return b + further
}

// Every member of the JSON document says in its tag what it means, and every verdict
// and state has words.
func TestDoctorWords(t *testing.T) {
	var all func(reflect.Type)
	all = func(typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Tag.Get("json") == "" || f.Tag.Get("doc") == "" || strings.Contains(f.Tag.Get("json"), "omitempty") {
				t.Errorf("%s.%s has no words, or may be left out", typ.Name(), f.Name)
			}
			inner := f.Type
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
				all(inner)
			}
		}
	}
	all(reflect.TypeFor[doctorDocument]())
	if len(verdictWords) != 11 {
		t.Errorf("%d verdicts have words", len(verdictWords))
	}
}

// A doctored is a simulated world on the network, to which the environment leads.
type doctored struct {
	sim  *sim.Sim
	zone string // ID of the hosted zone of harborview.example
}

func newDoctored(t *testing.T) doctored {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	s := sim.New(sim.Config{Guests: true, Log: t.Logf})
	t.Cleanup(s.Close)
	world := s.Demo()
	net, err := s.Listen(t.Context(), sim.ListenConfig{Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", world.KeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", world.Secret)
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_ENDPOINT_URL", net.AWSEndpoint)
	t.Setenv("APIFRONT_PROBE_DNS", net.DNS)
	t.Setenv("APIFRONT_PROBE_PORT", fmt.Sprint(net.ProbePort))
	t.Setenv("APIFRONT_PROBE_CA", net.CAFile)
	zone := world.Zones["harborview.example"]
	if err := s.AddSite(sim.Site{Names: []string{"old.hosting.test", "shop.harborview.example"}, Like: "nginx"}); err != nil {
		t.Fatal(err)
	}
	s.AddRecord(zone, "shop.harborview.example", "CNAME", 60, "old.hosting.test.")
	s.AddRecord(zone, "db.harborview.example", "A", 60, "10.0.4.17")
	return doctored{sim: s, zone: zone}
}

// run runs the command and returns its exit code and what it wrote.
func (doctored) run(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, bad bytes.Buffer
	code = start(ctx, &program{stdout: &out, stderr: &bad, getenv: os.Getenv}, append([]string{"doctor"}, args...))
	return code, out.String(), bad.String()
}

// The command ends with 0, 1 or 2, takes flags before and after the name, writes no
// colours where no terminal is, and asks AWS nothing but reads.
func TestDoctorCommand(t *testing.T) {
	d := newDoctored(t)
	for _, tt := range []struct {
		args []string
		code int
		out  string // is printed; "": nothing
		bad  string // is complained of
	}{
		{args: []string{"shop.harborview.example"}, code: 1, out: "Not an API Gateway"},
		{args: []string{"https://shop.harborview.example/health?token=secret", "--no-aws"}, code: 1, out: "shop.harborview.example/health Not an API Gateway"},
		{args: []string{"--no-aws", "shop.harborview.example", "--verbose"}, code: 1, out: "$ curl -i"},
		{args: []string{"--no-aws", "shop.harborview.example"}, code: 1, out: "Not asked: AWS (--no-aws was given). With an account"},
		{args: []string{"db.harborview.example"}, code: 1, out: "10.0.4.17"},
		{args: []string{"nope.harborview.example"}, code: 1, out: "Name not found"},
		{args: nil, code: 2, bad: "it takes one name"},
		{args: []string{"a.example.com", "b.example.com"}, code: 2, bad: "it takes one name"},
		{args: []string{"10.0.0.1"}, code: 2, bad: "not an IP address"},
		{args: []string{"api.example.com", "--region", "mars-1"}, code: 2, bad: "no region of AWS"},
		{args: []string{"api.example.com", "--loud"}, code: 2, bad: "-loud"},
	} {
		code, out, bad := d.run(t, t.Context(), tt.args...)
		if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(bad, tt.bad) || (tt.out == "") != (out == "") {
			t.Errorf("%v: code %d, want %d\n%s\n%s", tt.args, code, tt.code, out, bad)
		}
		if strings.Contains(out+bad, "\x1b[") || strings.Contains(out+bad, "secret") {
			t.Errorf("%v: colours, or a query: %q", tt.args, out+bad)
		}
	}
	if made := d.sim.Writes(); len(made) > 0 {
		t.Errorf("the doctor wrote: %v", made)
	}
}

// Without credentials the command looks from outside, and says what it would say with
// them.
func TestDoctorWithoutCredentials(t *testing.T) {
	d := newDoctored(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	d.sim.ForgetCalls()
	code, out, _ := d.run(t, t.Context(), "shop.harborview.example")
	if code != 1 || !strings.Contains(out, "Not asked: AWS (no credentials). With an account that may be read it would also say") {
		t.Errorf("code %d: %s", code, out)
	}
	if made := d.sim.Calls(); len(made) > 0 {
		t.Errorf("AWS was asked: %v", made)
	}
}

// The JSON document has every member, and says the same as the text.
func TestDoctorJSON(t *testing.T) {
	d := newDoctored(t)
	code, out, bad := d.run(t, t.Context(), "--json", "shop.harborview.example/health")
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s %s", err, out, bad)
	}
	if got["verdict"] != "not-api-gateway" || got["exit_code"] != float64(code) || got["path"] != "/health" || got["format"] != float64(doctorFormat) {
		t.Errorf("%s", out)
	}
	var names []string
	for i := range reflect.TypeFor[doctorDocument]().NumField() {
		names = append(names, reflect.TypeFor[doctorDocument]().Field(i).Tag.Get("json"))
	}
	for name, v := range got {
		if !slices.Contains(names, name) || v == nil {
			t.Errorf("%s is %v", name, v)
		}
	}
	if len(got) != len(names) || len(got["looks"].([]any)) != len(doctor.Looks()) || len(got["hops"].([]any)) != 4 {
		t.Errorf("%d members, want %d: %s", len(got), len(names), out)
	}
}

// The name servers to be entered are in both outputs, as the page shows them: where they
// are the cure, and nowhere else.
func TestDoctorNameServers(t *testing.T) {
	const zone = "harborview.example"
	type document struct {
		Servers struct {
			Zone  string
			Names []string
		} `json:"name_servers"`
	}
	for _, nobody := range []bool{false, true} {
		d, want := newDoctored(t), document{}
		want.Servers.Names = []string{}
		if nobody {
			d.sim.Delegate(zone)
			want.Servers.Zone = zone
			for _, s := range d.sim.NameServers(d.zone) {
				want.Servers.Names = append(want.Servers.Names, strings.TrimSuffix(s, "."))
			}
		}
		var got document
		_, out, bad := d.run(t, t.Context(), "--json", "api."+zone)
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v: %s %s", err, out, bad)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("led to nobody %t: %+v, want %+v", nobody, got, want)
		}
		_, text, _ := d.run(t, t.Context(), "api."+zone)
		list := strings.Join(want.Servers.Names, "\n     ")
		if strings.Contains(text, "Name servers to enter\n") != nobody || !strings.Contains(text, list) {
			t.Errorf("led to nobody %t: %s", nobody, text)
		}
	}
}

// A key comes from the environment, goes into the header that was named, and is in no
// output, nor in the environment any more.
func TestDoctorKey(t *testing.T) {
	d := newDoctored(t)
	const secret = "Zq7-cli-key-0001"
	for _, tt := range []struct {
		header, key string
		code        int
		says        string
	}{
		{"X-Api-Key", secret, 1, "With a key in X-Api-Key."},
		{"X-Api-Key", "", 2, "needs the key in the environment variable " + doctor.KeyVariable},
		{"X-Api-Key", "Zq7", 2, doctor.KeyVariable + " holds no key that can be sent"},
		{"Host", secret, 2, "--key-header takes the name of a header"},
		{"", secret, 1, "Not an API Gateway"},
	} {
		t.Setenv(doctor.KeyVariable, tt.key)
		code, out, bad := d.run(t, t.Context(), "--no-aws", "--verbose", "--key-header", tt.header, "shop.harborview.example")
		if code != tt.code || !strings.Contains(out+bad, tt.says) || strings.Contains(out+bad, "Zq7") {
			t.Errorf("%q in %q: code %d: %s%s", tt.key, tt.header, code, out, bad)
		}
		if sent := tt.header == "X-Api-Key" && tt.key == secret; sent != strings.Contains(out, "X-Api-Key: $"+doctor.KeyVariable) || sent && os.Getenv(doctor.KeyVariable) != "" {
			t.Errorf("%q in %q: the line, or the environment: %s", tt.key, tt.header, out)
		}
	}
}

// Ctrl+C ends the look, and what was seen until then is printed.
func TestDoctorStopped(t *testing.T) {
	d := newDoctored(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	code, out, _ := d.run(t, ctx, "shop.harborview.example")
	if code != 2 || !strings.Contains(out, "Stopped") || !strings.Contains(out, "0 of 11 looks") {
		t.Errorf("code %d: %s", code, out)
	}
}

// Colours are for terminals, and the same text without them is the same.
func TestDoctorColours(t *testing.T) {
	d := diagnosis{asked: setup.AskedName{Name: "api.example.com"}, DiagnosisBody: setup.DiagnosisBody{
		Verdict: setup.VerdictWrong, Head: "1 wrong", Text: "Callers get 502.", Looks: doctor.Looks(),
		Way:      []setup.Hop{{Part: setup.PartOrigin, State: setup.HopWrong, Claim: "Not over HTTPS only"}},
		Findings: []setup.FindingBody{{Setting: setup.SettingOriginProtocol, Title: "Callers get 502", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only", Fix: "Set it."}},
	}}
	bare, bright := d.text(false, true), d.text(true, true)
	var without strings.Builder
	for i, part := range strings.Split(bright, "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		without.WriteString(part)
	}
	if bare == bright || without.String() != bare {
		t.Errorf("%q\n%q", bare, without.String())
	}
	for _, text := range []string{"setting 4 of 6", "OriginProtocolPolicy: http-only", "OriginProtocolPolicy: https-only"} {
		if !strings.Contains(bare, text) {
			t.Errorf("%q is not said: %s", text, bare)
		}
	}
}
