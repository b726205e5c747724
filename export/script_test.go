package export

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A tape is the calls of a job, by hand.
type tape struct {
	t     *testing.T
	calls []setup.Call
}

var begun = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func (p *tape) add(step setup.StepID, command, operation string, in any, answer map[string]string) *setup.Call {
	p.t.Helper()
	n := int64(len(p.calls) + 1)
	read := strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List") || strings.HasPrefix(operation, "Describe")
	p.calls = append(p.calls, setup.Call{
		ID: n, StepID: step, Attempt: 1, Service: command, Command: command, Operation: operation, Region: "us-east-1", Status: 200, Write: !read,
		StartedAt: begun.Add(time.Duration(n) * time.Second), Took: time.Millisecond, Input: marshal(p.t, in), Answer: answer,
	})
	return &p.calls[len(p.calls)-1]
}

type m = map[string]any

const (
	oldCert = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
	newCert = "arn:aws:acm:us-east-1:123456789012:certificate/99999999-8888-7777-6666-000000000000"
)

// mainJob is what a job asks that makes everything.
func mainJob(t *testing.T) *tape {
	p := &tape{t: t}
	p.add("certificate", "acm", "ListCertificates", m{"MaxItems": 100}, nil)
	p.add("certificate", "acm", "RequestCertificate", m{"DomainName": "api.example.com", "IdempotencyToken": "abc1"}, map[string]string{"CertificateArn": oldCert})
	p.add("validation", "acm", "DescribeCertificate", m{"CertificateArn": oldCert}, map[string]string{"Certificate.Status": "PENDING_VALIDATION"})
	p.add("validation", "acm", "DescribeCertificate", m{"CertificateArn": oldCert}, map[string]string{
		"Certificate.DomainValidationOptions[0].ResourceRecord.Name": "_aaaa.api.example.com.", "Certificate.DomainValidationOptions[0].ResourceRecord.Value": "_bbbb.acm-validations.aws.",
	})
	p.add("validation", "route53", "ChangeResourceRecordSets", record("CREATE", "_aaaa.api.example.com", "CNAME", "_bbbb.acm-validations.aws"), map[string]string{"ChangeInfo.Id": "/change/C111111111"})
	p.add("domain", "apigateway", "CreateDomainName", m{"domainName": "api.example.com", "regionalCertificateArn": oldCert, "tags": m{"arn": "of " + oldCert + "; that"}},
		map[string]string{"regionalDomainName": "d-old0000000.execute-api.us-east-1.amazonaws.com", "domainNameStatus": "UPDATING", "domainName": "api.example.com"})
	p.add("mappings", "apigatewayv2", "CreateApiMapping", m{"DomainName": "api.example.com", "ApiId": "a1b2c3d4e5", "Stage": "prod", "ApiMappingKey": ""}, map[string]string{"ApiMappingId": "m4pp1n", "ApiId": "a1b2c3d4e5"})
	p.add("distribution", "cloudfront", "CreateDistributionWithTags", m{"DistributionConfigWithTags": m{"DistributionConfig": m{
		"CallerReference": "ref-1", "Aliases": m{"Quantity": 1, "Items": []string{"api.example.com"}},
		"Origins": m{"Items": []m{{"DomainName": "d-old0000000.execute-api.us-east-1.amazonaws.com"}}}, "ViewerCertificate": m{"ACMCertificateArn": oldCert},
	}}}, map[string]string{"Distribution.Id": "EOLD0000000001", "Distribution.DomainName": "dold00000001.cloudfront.net", "Distribution.Status": "InProgress", "ETag": "EOLDETAG00001"})
	p.add("deployed", "cloudfront", "GetDistribution", m{"Id": "EOLD0000000001"}, map[string]string{"ETag": "EOLDETAG00001", "Distribution.Status": "Deployed"})
	p.add("dns", "route53", "ChangeResourceRecordSets", record("CREATE", "api.example.com", "A", "dold00000001.cloudfront.net."), map[string]string{"ChangeInfo.Id": "/change/C222222222"})
	return p
}

func record(action, name, kind, value string) m {
	set := m{"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": []m{{"Value": value}}}
	if kind == "A" {
		set = m{"Name": name, "Type": kind, "AliasTarget": m{"DNSName": value, "HostedZoneId": "Z2FDTNDATAQYW2", "EvaluateTargetHealth": false}}
	}
	return m{"HostedZoneId": "Z111", "ChangeBatch": m{"Changes": []m{{"Action": action, "ResourceRecordSet": set}}}}
}

func about(kind setup.JobKind, ids ...setup.StepID) About {
	a := About{Account: "123456789012", Made: begun, Job: setup.Job{ID: 34, SetupName: "api.example.com", Kind: kind, State: setup.JobSucceeded, CreatedAt: begun}}
	for i, id := range ids {
		a.Steps = append(a.Steps, setup.Step{ID: id, Number: i + 1, Title: "Do " + string(id), State: setup.StepDone, FinishedAt: begun.Add(time.Hour)})
	}
	return a
}

// elsewhere is the stand-in with other values than the job had.
func elsewhere(s *shell) {
	s.answer("acm request-certificate", newCert)
	s.answer("acm describe-certificate", "_cccc.api.example.com.\t_dddd.acm-validations.aws.")
	s.answer("apigateway create-domain-name", "d-new1111111.execute-api.us-east-1.amazonaws.com")
	s.answer("apigateway get-domain-name", "AVAILABLE")
	s.answer("cloudfront create-distribution-with-tags", "dnew00000002.cloudfront.net\tENEW0000000002")
	s.answer("cloudfront create-distribution", "ENEW0000000002")
	s.answer("route53 change-resource-record-sets", "/change/C333333333")
	s.file("bin/aws", strings.Replace(standIn, "cat \"$A", `case "$*" in "apigateway get-domain-name "*domain-name*--query*) ;; *Certificate.Status*) echo "${STATUS:-ISSUED}"; exit ;; *" get-domain-name "*) exit 1 ;; esac
cat "$A`, 1))
}

// order are the first words of calls, and of waits their third.
func order(calls [][]string) (list []string) {
	for _, c := range calls {
		words := c[:2]
		if c[1] == "wait" {
			words = c[:3]
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

func lastWords(calls [][]string, to string) string {
	for _, c := range slices.Backward(calls) {
		if strings.Join(c[:2], " ") == to {
			return c[len(c)-1]
		}
	}
	return ""
}

// The script of a job does the same where AWS chooses other names.
func TestScriptDoesTheSame(t *testing.T) {
	t.Parallel()
	shells(t, func(t *testing.T, s *shell) {
		elsewhere(s)
		script := NewScript(mainJob(t).calls, about(setup.JobApply, "certificate", "validation", "domain", "mappings", "distribution", "deployed", "dns"))
		if script.Writes != 6 || script.Reads != 1 || len(script.Left)+len(script.Secrets) != 0 {
			t.Errorf("the script is of %d writes, %d reads, %v, %v", script.Writes, script.Reads, script.Left, script.Secrets)
		}
		calls, said, err := s.run(script.Text)
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, said, script.Text)
		}
		want := []string{
			"sts get-caller-identity", "apigateway get-domain-name", "cloudfront list-distributions",
			"acm request-certificate", "acm describe-certificate", "route53 change-resource-record-sets",
			"acm describe-certificate", "apigateway create-domain-name", "apigateway get-domain-name", "apigatewayv2 create-api-mapping",
			"cloudfront create-distribution-with-tags", "cloudfront wait distribution-deployed", "route53 change-resource-record-sets",
			"route53 wait resource-record-sets-changed",
		}
		if got := order(calls); !slices.Equal(got, want) {
			t.Errorf("the calls are\n%v, want\n%v\n%s", got, want, script.Text)
		}
		if got := lastWords(calls, "apigateway create-domain-name"); !sameJSON(t, got, `{"domainName":"api.example.com","regionalCertificateArn":"`+newCert+`","tags":{"arn":"of `+newCert+`; that"}}`) {
			t.Errorf("the custom domain is made with %s", got)
		}
		got := lastWords(calls, "cloudfront create-distribution-with-tags")
		for _, part := range []string{newCert, "d-new1111111.execute-api", `"ref-1"`} {
			if !strings.Contains(got, part) {
				t.Errorf("the distribution is made without %s: %s", part, got)
			}
		}
		if got := lastWords(calls, "route53 change-resource-record-sets"); !strings.Contains(got, `"dnew00000002.cloudfront.net."`) {
			t.Errorf("the record is %s", got)
		}
		for _, old := range []string{"EOLD", "dold0", "d-old", oldCert, "_aaaa", "_bbbb"} {
			if strings.Contains(script.Text, old) {
				t.Errorf("the script has %s of the job", old)
			}
		}
	})
}

// The script does nothing in another account, and nothing where it has run before.
func TestScriptStopsBeforeItChangesAnything(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*shell){
		"account":      func(s *shell) { s.answer("sts get-caller-identity", "210987654321") },
		"domain":       func(s *shell) { s.file("bin/aws", standIn) },
		"distribution": func(s *shell) { s.answer("cloudfront list-distributions", "E1") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShell(t, "sh")
			elsewhere(s)
			prepare(s)
			calls, said, err := s.run(NewScript(mainJob(t).calls, about(setup.JobApply)).Text)
			if err == nil {
				t.Errorf("it went on: %s", said)
			}
			for _, c := range order(calls) {
				if strings.Contains(c, "create") || strings.Contains(c, "request") || strings.Contains(c, "change") {
					t.Errorf("it asked for %s", c)
				}
			}
		})
	}
}

// Nothing of what was asked, nor of what the script says about it, gets out of its quotes.
func TestScriptTakesAllLiterally(t *testing.T) {
	t.Parallel()
	shells(t, func(t *testing.T, s *shell) {
		p := &tape{t: t}
		a := about(setup.JobApply)
		a.Job.SetupName = strings.Join(hostile, "\n")
		var want []string
		for i, h := range hostile {
			id := setup.StepID(fmt.Sprint("s", i))
			a.Steps = append(a.Steps, setup.Step{ID: id, Number: i, Title: h, State: setup.StepDone})
			in := m{"A": h, h: []string{h}, "DomainName": h, "Id": h, "S": m{"$secret": "origin-header"}}
			p.add(id, "cloudfront", "UpdateDistribution", in, map[string]string{"ETag": h})
			in["S"] = `it's "$HOME" \ $(touch pasted)`
			want = append(want, string(marshal(t, in)))
		}
		s.file("tmp/x", "")
		s.env = []string{`ORIGIN_HEADER=it's "$HOME" \ $(touch pasted)`, "TMPDIR=" + filepath.Join(s.dir, "tmp")}
		script := NewScript(p.calls, a)
		calls, said, err := s.run(script.Text)
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, said, script.Text)
		}
		if left, err := os.ReadDir(filepath.Join(s.dir, "tmp")); err != nil || len(left) != 1 {
			t.Errorf("it left %v (%v)", left, err)
		}
		n := 0
		for _, c := range calls {
			if c[1] != "update-distribution" {
				continue
			}
			if got := c[len(c)-1]; !sameJSON(t, got, want[n]) {
				t.Errorf("asked was\n%s, want\n%s", got, want[n])
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%d of %d writes were made: %s", n, len(want), said)
		}
		if _, said, err := func() ([][]string, string, error) { s.env = []string{"ORIGIN_HEADER="}; return s.run(script.Text) }(); err == nil || !strings.Contains(said, "ORIGIN_HEADER") {
			t.Errorf("without its secret it said %s", said)
		}
	})
}

// An answer that could get out of JSON ends the script.
func TestScriptRefusesStrangeAnswers(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`a","x":"b`, "None", "", `a\`, "a b"} {
		s := newShell(t, "sh")
		elsewhere(s)
		s.answer("acm request-certificate", answer)
		calls, said, err := s.run(NewScript(mainJob(t).calls, about(setup.JobApply)).Text)
		if err == nil || len(calls) != 4 {
			t.Errorf("after %q it made %d calls and said %s", answer, len(calls), said)
		}
	}
}

func TestScriptOfLostAnswers(t *testing.T) {
	t.Parallel()
	p := mainJob(t)
	// The answer to the request was lost; the certificate was found by a read.
	p.calls[1].Status, p.calls[1].Code, p.calls[1].Answer = 0, setup.CodeNoAnswer, nil
	p.calls[2].Answer["Certificate.CertificateArn"] = oldCert
	// The custom domain was sent again, and refused once.
	lost := p.calls[5]
	lost.Status, lost.Code, lost.Answer = 0, setup.CodeNoAnswer, nil
	busy := lost
	busy.Status, busy.Code = 429, "TooManyRequestsException"
	p.calls = slices.Insert(p.calls, 5, lost, busy)
	a := about(setup.JobApply, "certificate", "validation", "domain", "mappings", "distribution", "deployed", "dns")
	p.calls = append(p.calls, setup.Call{})
	copy(p.calls[3:], p.calls[2:])
	p.calls[2] = setup.Call{StepID: "certificate", Command: "acm", Operation: "DescribeCertificate", Region: "us-east-1", Status: 200, Input: marshal(t, m{"CertificateArn": oldCert}), Answer: map[string]string{"Certificate.CertificateArn": oldCert}}
	script := NewScript(p.calls, a)
	if script.Writes != 6 || len(script.Left) != 0 || strings.Contains(script.Text, oldCert) || !strings.Contains(script.Text, "CERTIFICATE_US_EAST_1=$(aws acm request-certificate") {
		t.Errorf("the script is of %d writes, %v:\n%s", script.Writes, script.Left, script.Text)
	}
	// Where the step is not done, nobody knows.
	a.Steps[0].State = setup.StepFailed
	if script = NewScript(p.calls, a); script.Writes != 5 || len(script.Left) != 1 || !strings.Contains(script.Text, "# Left out: acm request-certificate") {
		t.Errorf("the script is of %d writes, %v", script.Writes, script.Left)
	}
}

func TestScriptOfChanges(t *testing.T) {
	t.Parallel()
	s := newShell(t, "sh")
	p := &tape{t: t}
	p.add("distribution", "cloudfront", "GetDistribution", m{"Id": "E1111111111111"}, map[string]string{"ETag": "EWAS000000000", "Distribution.Id": "E1111111111111"})
	p.add("distribution", "cloudfront", "UpdateDistribution", m{"Id": "E1111111111111", "IfMatch": "EWAS000000000", "DistributionConfig": m{"Enabled": true}}, nil)
	p.add("distribution", "cloudfront", "GetDistribution", m{"Id": "E1111111111111"}, map[string]string{"ETag": "ETHEN00000000"})
	p.add("disable", "cloudfront", "UpdateDistribution", m{"Id": "E1111111111111", "IfMatch": "ETHEN00000000", "DistributionConfig": m{"Enabled": false}}, map[string]string{"ETag": "ELAST00000000"})
	p.add("delete", "cloudfront", "DeleteDistribution", m{"Id": "E1111111111111", "IfMatch": "ELAST00000000"}, nil)
	p.add("delete", "cloudfront", "DeleteDistribution", m{"Id": "E1111111111111", "IfMatch": "ELAST00000000"}, nil)
	script := NewScript(p.calls, about(setup.JobTeardown))
	s.answer("cloudfront get-distribution", "ENOW")
	s.answer("cloudfront update-distribution", "ENEXT")
	calls, said, err := s.run(script.Text)
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, said, script.Text)
	}
	want := []string{"sts get-caller-identity", "cloudfront update-distribution", "cloudfront get-distribution", "cloudfront update-distribution", "cloudfront wait distribution-deployed", "cloudfront delete-distribution"}
	if got := order(calls); !slices.Equal(got, want) {
		t.Errorf("the calls are %v, want %v\n%s", got, want, script.Text)
	}
	var tags []string
	for _, c := range calls {
		var in struct{ IfMatch string }
		if strings.HasSuffix(c[1], "e-distribution") {
			if err := json.Unmarshal([]byte(c[len(c)-1]), &in); err != nil {
				t.Fatal(err)
			}
			tags = append(tags, in.IfMatch)
		}
	}
	if want := []string{"EWAS000000000", "ENOW", "ENEXT"}; !slices.Equal(tags, want) {
		t.Errorf("the ETags are %v, want %v", tags, want)
	}
	if strings.Count(script.Text, "refuses with 412.\naws") != 1 {
		t.Errorf("the first ETag is not said to be as it was:\n%s", script.Text)
	}
}

// Callers who have an old answer still come for as long as it is kept.
func TestScriptWaitsUntilCallersAreGone(t *testing.T) {
	t.Parallel()
	s := newShell(t, "sh")
	p := &tape{t: t}
	p.add("leave", "route53", "ChangeResourceRecordSets", record("DELETE", "api.example.com", "CNAME", "d1.cloudfront.net"), nil)
	p.add("disable", "cloudfront", "UpdateDistribution", m{"Id": "E1", "IfMatch": "E2", "DistributionConfig": m{"Enabled": false}}, nil)
	s.answer("route53 change-resource-record-sets", "/change/C1")
	calls, said, err := s.run(NewScript(p.calls, about(setup.JobTeardown)).Text)
	if want := []string{"sts get-caller-identity", "route53 change-resource-record-sets", "route53 wait resource-record-sets-changed", "sleep 300", "cloudfront update-distribution", "cloudfront wait distribution-deployed"}; err != nil || !slices.Equal(order(calls), want) {
		t.Errorf("the calls are %v, want %v: %v %s", order(calls), want, err, said)
	}
}

// What a person did stands where it was done, with the record to add.
func TestScriptSaysWhatAPersonDoes(t *testing.T) {
	t.Parallel()
	s := newShell(t, "sh")
	elsewhere(s)
	p := mainJob(t)
	p.calls = slices.DeleteFunc(p.calls, func(c setup.Call) bool { return c.Command == "route53" })
	a := about(setup.JobApply, "certificate", "validation", "domain", "mappings", "distribution", "deployed", "dns")
	a.Hand = true
	a.Steps[1].Records = []setup.Record{{Type: "CNAME", Name: "_aaaa.api.example.com", Value: "_bbbb.acm-validations.aws"}}
	a.Steps[1].FinishedAt = begun.Add(5 * time.Second)
	a.Steps[6].Records = []setup.Record{{Type: "CNAME", Name: "api.example.com", Value: "dold00000001.cloudfront.net"}}
	script := NewScript(p.calls, a)
	calls, said, err := s.run(script.Text)
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, said, script.Text)
	}
	first, second := strings.Index(said, "_cccc.api.example.com CNAME _dddd.acm-validations.aws\n"), strings.Index(said, "api.example.com CNAME dnew00000002.cloudfront.net\n")
	if domain := strings.Index(said, "3. Do domain"); first < 0 || second < 0 || domain < first || second < domain {
		t.Errorf("it said %s\n%s", said, script.Text)
	}
	if got := order(calls); got[len(got)-1] != "cloudfront wait distribution-deployed" {
		t.Errorf("the calls are %v", got)
	}
}

// A certificate that failed is waited for no more.
func TestScriptStopsAtAFailedCertificate(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"FAILED", "VALIDATION_TIMED_OUT"} {
		s := newShell(t, "sh")
		elsewhere(s)
		s.env = []string{"STATUS=" + status}
		calls, said, err := s.run(NewScript(mainJob(t).calls, about(setup.JobApply)).Text)
		if err == nil || !strings.Contains(said, "It is not ISSUED, but "+status) || len(askedOf(calls, "apigateway create-domain-name")) > 0 {
			t.Errorf("it made %v and said %s", order(calls), said)
		}
	}
}

// A certificate is deleted once nothing uses it.
func TestScriptWaitsUntilACertificateIsFree(t *testing.T) {
	t.Parallel()
	s := newShell(t, "sh")
	p := &tape{t: t}
	p.add("delete", "acm", "DeleteCertificate", m{"CertificateArn": oldCert}, nil)
	s.answer("acm describe-certificate", "0")
	calls, said, err := s.run(NewScript(p.calls, about(setup.JobTeardown)).Text)
	if want := []string{"sts get-caller-identity", "acm describe-certificate", "acm delete-certificate"}; err != nil || !slices.Equal(order(calls), want) {
		t.Errorf("the calls are %v, want %v: %v %s", order(calls), want, err, said)
	}
}
