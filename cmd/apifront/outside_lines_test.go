//go:build outside

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A printed line is one question of a check as a page shows it: what was asked, what
// was answered, and the line that repeats it.
type printedLine struct{ what, answer, line string }

// A lineWorld is the real program on a simulator of its own, whose pages print lines,
// and a terminal in which outside programs run them.
//
// The lines are run as they are printed. What leads the programs to the simulated
// Internet stands around them, as it would on a machine that has it: the AWS CLI takes
// AWS_ENDPOINT_URL; curl takes a proxy from CURL_HOME/.curlrc and the authority from
// CURL_CA_BUNDLE; dig and openssl have no such setting, so scripts of their names come
// first in PATH, which give dig the address and port of a server where the line has its
// name, and openssl the proxy and the authority.
type lineWorld struct {
	*judged
	demo *demo
	v    *visitor
	env  []string

	other string          // a certificate of somebody else's that covers harborview.example
	ran   map[string]bool // services with their operations, and settings
	tried map[string]bool // kinds of lines, with the kind of answer
	hosts string          // file: name servers with their addresses

}

// keyOfLines is a key of tests: in the environment of the program, and of the terminal.
const (
	keyOfLines    = "APIFRONT_PROBE_KEY_ORDERS"
	secretOfLines = `k"1 $(touch pasted) '2'`
)

func newLineWorld(t *testing.T) *lineWorld {
	t.Helper()
	cli := outside(t, "aws")
	tools := map[string]string{}
	for _, name := range []string{"dig", "curl", "openssl"} {
		tools[name] = outsideTool(t, name)
	}
	ctx, stop := context.WithCancel(context.Background())
	d, err := openDemo(ctx, &program{
		stdout: io.Discard, stderr: testWriter{t}, getenv: func(string) string { return "" },
		probeKeys: map[string]probe.Key{keyOfLines: probe.NewKey(secretOfLines)},
	}, at("127.0.0.1:0"), "instant", "")
	if err != nil {
		stop()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- d.app.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, d.close()); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	w := &lineWorld{ran: map[string]bool{}, tried: map[string]bool{}, judged: &judged{t: t, sim: d.sim, world: d.world, net: d.net}, demo: d, v: newVisitor(t, d.app.url)}
	w.v.signIn()

	dir := t.TempDir()
	w.hosts = filepath.Join(dir, "hosts")
	proxy := w.proxy()
	_, port, err := net.SplitHostPort(d.net.DNS)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"home/.curlrc": "proxy = http://" + proxy + "\nsuppress-connect-headers\n",
		"bin/aws":      "#!/bin/sh\nexec " + setup.ShellWord(cli) + " \"$@\"\n",
		"bin/curl":     "#!/bin/sh\nexec " + setup.ShellWord(tools["curl"]) + " \"$@\"\n",
		"bin/dig": `#!/bin/sh
server=
for a in "$@"; do
	shift
	case $a in
	@*) server=$(awk -v n="${a#@}" '$1 == n { print $2 }' ` + setup.ShellWord(w.hosts) + `); server=@${server:-${a#@}}; set -- "$@" "$server" ;;
	*) set -- "$@" "$a" ;;
	esac
done
[ -n "$server" ] || set -- @127.0.0.1 "$@"
exec ` + setup.ShellWord(tools["dig"]) + ` -p ` + port + ` "$@"
`,
		"bin/openssl": `#!/bin/sh
[ "$1" != s_client ] || set -- "$@" -proxy ` + proxy + ` -CAfile ` + setup.ShellWord(d.net.CAFile) + `
exec ` + setup.ShellWord(tools["openssl"]) + ` "$@"
`,
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	w.env = w.judged.env(
		"PATH="+filepath.Join(dir, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"HOME="+filepath.Join(dir, "home"), "CURL_HOME="+filepath.Join(dir, "home"), "CURL_CA_BUNDLE="+d.net.CAFile,
		keyOfLines+"="+secretOfLines,
		"AWS_REGION=ap-southeast-2", "AWS_DEFAULT_REGION=ap-southeast-2", // a line has to name the Region that it needs
	)
	return w
}

// outsideTool is a program of the system, which .ci/run installs.
func outsideTool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing, and CI=true", name)
	}
	t.Skipf("SKIPPED: %s is missing; .ci/run installs it", name)
	return ""
}

// proxy leads connections to who listens in the simulated Internet, by HTTP's CONNECT.
func (w *lineWorld) proxy() string {
	w.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		far, err := w.sim.Dial(r.Context(), "tcp", r.Host)
		if err != nil || r.Method != http.MethodConnect {
			http.Error(rw, fmt.Sprint(err), http.StatusBadGateway)
			return
		}
		rw.WriteHeader(http.StatusOK)
		near, read, err := http.NewResponseController(rw).Hijack()
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(far, read); _ = far.Close() }() // either end may close first
		_, _ = io.Copy(near, far)
		_ = near.Close()
	})}
	go func() { _ = srv.Serve(l) }() // until it is closed
	w.t.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String()
}

// paste runs a line as a shell does in which it was pasted.
func (w *lineWorld) paste(line string) (out string, code int) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Env, cmd.Dir = w.env, w.t.TempDir()
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Run()
	if failed, is := errors.AsType[*exec.ExitError](err); err != nil && !is {
		w.t.Errorf("%s: %v", line, err)
	} else if is {
		code = failed.ExitCode()
	}
	left, err := os.ReadDir(cmd.Dir)
	if err != nil || len(left) > 0 {
		w.t.Errorf("%s left %v (%v)", line, left, err)
	}
	return both.String(), code
}

// begin makes a setup by a job.
func (w *lineWorld) begin(spec setup.Spec) (s setup.Setup, job int64) {
	w.t.Helper()
	st := w.demo.app.store
	d, err := st.CreateDraft(w.t.Context(), demoName, spec)
	if err != nil {
		w.t.Fatal(err)
	}
	n := store.NewJob{DraftID: d.ID, Kind: setup.JobApply, By: demoName}
	for _, r := range steps.Rows(n.Kind, spec) {
		n.Steps = append(n.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	if job, err = st.StartJob(w.t.Context(), n); err != nil {
		w.t.Fatal(err)
	}
	j, err := st.Job(w.t.Context(), job)
	if err != nil {
		w.t.Fatal(err)
	}
	return setup.Setup{ID: j.SetupID, Spec: spec}, job
}

// nameServers gives the terminal the addresses of all name servers that there are.
func (w *lineWorld) nameServers() {
	w.t.Helper()
	var text strings.Builder
	for _, z := range w.sim.DNS().Zones {
		for _, s := range z.Servers {
			fmt.Fprintln(&text, strings.TrimSuffix(s.Name, "."), s.Address)
		}
	}
	for _, top := range []string{"a.root-servers.net", "a.nic.example", "b.nic.example"} {
		fmt.Fprintln(&text, top, w.sim.ServerAddress(top))
	}
	if err := os.WriteFile(w.hosts, []byte(text.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// spec is what a setup of a name of the demo's zones should be.
func (w *lineWorld) spec(name string, change func(*setup.Spec)) setup.Spec {
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: w.world.AccountID, Region: "eu-west-1"}
	zone := name[strings.Index(name, ".")+1:]
	spec.Domain = setup.Domain{Name: name, DNS: setup.DNSRoute53, ZoneID: w.world.Zones[zone], ZoneName: zone, Switch: setup.SwitchAtEnd}
	spec.Certificates.Answered = true
	spec.API.Mappings = []setup.Mapping{{APIID: w.api("catalog-http-eu"), Kind: setup.APIKindHTTP, Stage: "$default"}}
	change(&spec)
	return spec
}

func TestOutsideLines(t *testing.T) {
	t.Parallel()
	w := newLineWorld(t)
	began := time.Now()
	w.other = w.sim.AddCertificate(w.world.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{"*.harborview.example", "harborview.example"}})
	keyed := w.sim.AddAPI(w.world.AccountID, "eu-west-1", sim.API{
		Name: "keyed", Kind: "REST", Stages: []string{"prod"}, Keys: []string{secretOfLines},
		Methods: []sim.Method{{Key: "GET /health", APIKey: true}, {Key: "HEAD /ping"}},
	})
	plain, plainJob := w.begin(w.spec("api.harborview.example", func(s *setup.Spec) {
		s.API.Mappings = append(s.API.Mappings,
			setup.Mapping{Path: "orders", APIID: keyed, Kind: setup.APIKindREST, Stage: "prod", Test: setup.Test{Path: "/health", Status: 200, Key: keyOfLines}},
			setup.Mapping{Path: "orders/it", APIID: keyed, Kind: setup.APIKindREST, Stage: "prod", Test: setup.Test{Path: "/ping", Method: http.MethodHead}},
		)
	}))
	if err := w.demo.app.store.BindProbeKey(t.Context(), setup.ProbeKey{Variable: keyOfLines, Host: "api.harborview.example", Header: "X-Api-Key"}, demoName); err != nil {
		t.Fatal(err)
	}
	wide, wideJob := w.begin(w.spec("*.harborview.example", func(s *setup.Spec) {
		s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 300
		s.Account.Region = setup.EdgeRegion
		s.API.Mappings[0].APIID = w.api("catalog-http")
	}))
	live, liveJob := w.begin(w.spec("live.harborview.example", func(s *setup.Spec) {
		s.Account.Region = setup.EdgeRegion
		s.Edge.WebACL = "arn:aws:wafv2:us-east-1:" + w.world.AccountID + ":global/webacl/ours/1"
		s.API.Mappings = []setup.Mapping{{APIID: w.api("live-updates"), Kind: setup.APIKindWebSocket, Stage: "prod"}}
	}))
	away, awayJob := w.begin(w.spec("shop.lakeside.example", func(s *setup.Spec) {
		s.Domain.DNS, s.Domain.ZoneID, s.Domain.ZoneName = setup.DNSElsewhere, "", ""
		s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 300
	}))
	w.addsRecords(away)
	for _, j := range []int64{plainJob, wideJob, liveJob, awayJob} {
		w.v.open(fmt.Sprintf("/jobs/%d", j))
		if title := w.v.finish(40 * time.Second); !strings.HasPrefix(title, "Succeeded") {
			t.Fatalf("the job ended as %q: %s", title, w.v.text())
		}
	}
	all := []setup.Setup{plain, wide, live, away}
	w.repeat("as it was made", all...)
	for _, j := range []int64{plainJob, liveJob, awayJob} { // the wizard takes no wildcard as a name
		w.tryIt(j)
	}
	w.help(plain.Name())

	made := w.resources(wide)
	kinds := printedKinds(t)
	w.lists(kinds, map[string]string{
		"aws cloudfront list-distributions": made.ID(setup.KeyDistribution), "aws cloudfront list-cache-policies": made.ID(setup.KeyCachePolicy),
		"aws acm list-certificates": made.ID(setup.KeyCertificateEdge),
	})

	w.distribution(plain, func(c *cftypes.DistributionConfig) { everyField(c, w.other) })
	w.tagsOff(live)
	w.domain(plain)
	w.sim.AddRecord(w.world.Zones["lakeside.example"], "shop.lakeside.example", "CNAME", 300, "old.hosting.example.")
	w.distribution(wide, func(c *cftypes.DistributionConfig) {
		c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = cftypes.OriginProtocolPolicyHttpOnly
	})
	w.distribution(live, func(c *cftypes.DistributionConfig) {
		c.Enabled, c.Aliases = aws.Bool(false), &cftypes.Aliases{Quantity: aws.Int32(0)}
		c.WebACLId = aws.String("arn:aws:wafv2:us-east-1:" + w.world.AccountID + ":global/webacl/other/2")
	})
	w.distribution(away, func(c *cftypes.DistributionConfig) {
		c.ViewerCertificate.SSLSupportMethod = cftypes.SSLSupportMethodVip
		theirs := c.Origins.Items[0]
		theirs.Id = aws.String("theirs")
		c.Origins.Items, c.Origins.Quantity = append(c.Origins.Items, theirs), aws.Int32(2)
		c.DefaultCacheBehavior.TargetOriginId = theirs.Id
	})
	w.repeat("with settings changed outside", all...)

	w.records(live, "live.")
	w.records(plain, "_")
	w.gone(wide)
	w.sim.Delegate("lakeside.example", "ns1.gone.example")
	w.sim.FlushResolver("")
	w.repeat("with things deleted outside", all...)
	for k := range kinds {
		if !w.ran[k] {
			t.Errorf("no line of the kind %q was printed", k)
		}
	}
	t.Logf("in %s", time.Since(began).Round(time.Second))
}

// addsRecords adds the records of a name whose DNS is elsewhere, as a person would.
func (w *lineWorld) addsRecords(s setup.Setup) {
	w.t.Helper()
	zone := w.world.Zones["lakeside.example"]
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		list, err := w.demo.app.store.Resources(w.t.Context(), s.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
			if name := list.Attr(key, setup.AttrRecordName); name != "" {
				w.sim.AddRecord(zone, name, "CNAME", 300, list.Attr(key, setup.AttrRecordValue))
			}
		}
		if target := list.Attr(setup.KeyDistribution, setup.AttrDomainName); target != "" {
			w.sim.AddRecord(zone, s.Name(), "CNAME", 300, target)
			return
		}
	}
	w.t.Fatal("there is no distribution to which the name could lead")
}
