package export

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"apifront/setup"
)

// changeJob is what a job asks that changes a distribution and deletes a cache policy.
func changeJob(t *testing.T) *tape {
	p := &tape{t: t}
	p.add("distribution", "cloudfront", "GetDistribution", m{"Id": "E1111111111111"}, map[string]string{"Distribution.Id": "E1111111111111", "ETag": "EWAS000000000"})
	p.add("policies", "cloudfront", "CreateCachePolicy", m{"CachePolicyConfig": m{"Name": "n"}}, map[string]string{"CachePolicy.Id": "11111111-2222", "ETag": "EPOLICY000000"})
	p.add("distribution", "cloudfront", "UpdateDistribution", m{"Id": "E1111111111111", "IfMatch": "EWAS000000000", "DistributionConfig": m{
		"Cert": oldCert, "Policy": "11111111-2222", "Acl": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1",
	}}, map[string]string{"ETag": "ENEXT00000000"})
	p.add("remove", "cloudfront", "DeleteCachePolicy", m{"Id": "00000000-1111", "IfMatch": "EOLDPOLICY000"}, nil)
	return p
}

func aboutChange() About {
	a := about(setup.JobApply)
	a.Job.SetupID = "s-1"
	a.Things = []Thing{{"ACCOUNT_ID", a.Account}, {"DISTRIBUTION_ID", "E1111111111111"}, {"CERTIFICATE_EDGE", oldCert}, {"CACHE_POLICY_ID", "00000000-1111"}, {"CACHE_POLICY_ID_1", "11111111-2222"}, {"MAPPING_ROOT", "m4pp1n"}}
	return a
}

// asked are the inputs of the writes to an operation.
func askedOf(calls [][]string, to string) (list []string) {
	for _, c := range calls {
		if strings.Join(c[:2], " ") == to {
			list = append(list, c[len(c)-1])
		}
	}
	return list
}

// What was there before is called as in the job, with its ETag; or as the environment or an
// earlier script says, and then the ETag is asked.
func TestScriptOfOtherThings(t *testing.T) {
	t.Parallel()
	script := NewScript(changeJob(t).calls, aboutChange())
	var names []string
	for _, g := range script.Given {
		names = append(names, g.Name)
	}
	if want := []string{"ACCOUNT_ID", "DISTRIBUTION_ID", "CERTIFICATE_EDGE", "CACHE_POLICY_ID"}; !slices.Equal(names, want) {
		t.Errorf("it has the things %v, want %v", names, want)
	}
	for name, tc := range map[string]struct {
		env              []string
		file             string
		account          string
		update, delete   string
		whereOther, fail string
	}{
		"as in the job": {
			update: `{"Id":"E1111111111111","IfMatch":"EWAS000000000","DistributionConfig":{"Acl":"arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1","Cert":"` + oldCert + `","Policy":"22222222-3333"}}`,
			delete: `{"Id":"00000000-1111","IfMatch":"EOLDPOLICY000"}`,
		},
		"by the environment": {
			env: []string{"USE_DISTRIBUTION_ID=E2222222222222", "USE_CERTIFICATE_EDGE=" + newCert, "USE_CACHE_POLICY_ID=44444444-5555", "USE_ACCOUNT_ID=210987654321"}, account: "210987654321",
			update:     `{"Id":"E2222222222222","IfMatch":"EASKED","DistributionConfig":{"Acl":"arn:aws:wafv2:us-east-1:210987654321:global/webacl/a/1","Cert":"` + newCert + `","Policy":"22222222-3333"}}`,
			delete:     `{"Id":"44444444-5555","IfMatch":"EASKEDPOLICY"}`,
			whereOther: "DISTRIBUTION_ID is E2222222222222; in the job it was E1111111111111.",
		},
		"by earlier scripts": {
			file:   "DISTRIBUTION_ID=E3333333333333\ncall 9-9\nDISTRIBUTION_ID=E2222222222222\nCERTIFICATE_EDGE=" + newCert + "\n",
			update: `{"Id":"E2222222222222","IfMatch":"EASKED","DistributionConfig":{"Acl":"arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1","Cert":"` + newCert + `","Policy":"22222222-3333"}}`,
			delete: `{"Id":"00000000-1111","IfMatch":"EOLDPOLICY000"}`,
		},
		"hostile":         {env: []string{`USE_DISTRIBUTION_ID=x","y":"$(touch pasted)`}, fail: "DISTRIBUTION_ID is not as expected"},
		"another account": {account: "210987654321", fail: "Nothing was changed."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shells(t, func(t *testing.T, s *shell) {
				s.env = tc.env
				if tc.account != "" {
					s.answer("sts get-caller-identity", tc.account)
				}
				if tc.file != "" {
					s.file("apifront-s-1-123456789012.txt", tc.file)
				}
				s.answer("cloudfront create-cache-policy", "22222222-3333")
				s.answer("cloudfront get-distribution", "EASKED")
				s.answer("cloudfront get-cache-policy", "EASKEDPOLICY")
				calls, said, err := s.run(script.Text)
				if tc.fail != "" {
					if err == nil || !strings.Contains(said, tc.fail) || len(calls) > 1 {
						t.Errorf("it made %v and said %s, want %q", order(calls), said, tc.fail)
					}
					return
				}
				if err != nil || !strings.Contains(said, tc.whereOther) {
					t.Fatalf("%v: %s, want %q\n%s", err, said, tc.whereOther, script.Text)
				}
				if got := askedOf(calls, "cloudfront update-distribution"); len(got) != 1 || !sameJSON(t, got[0], tc.update) {
					t.Errorf("asked was %v, want %s", got, tc.update)
				}
				if got := askedOf(calls, "cloudfront delete-cache-policy"); len(got) != 1 || !sameJSON(t, got[0], tc.delete) {
					t.Errorf("asked was %v, want %s", got, tc.delete)
				}
			})
		})
	}
}

// A script that stopped goes on where it stopped, with the values of then, wherever it
// stopped.
func TestScriptGoesOn(t *testing.T) {
	t.Parallel()
	script := NewScript(mainJob(t).calls, about(setup.JobApply, "certificate", "validation", "domain", "mappings", "distribution", "deployed", "dns"))
	whole := newShell(t, "sh")
	elsewhere(whole)
	all, _, err := whole.run(script.Text)
	if err != nil {
		t.Fatal(err)
	}
	writes := func(calls [][]string) (list []string) {
		for _, c := range calls {
			if strings.Contains(c[1], "create") || strings.Contains(c[1], "request") || strings.Contains(c[1], "change") {
				list = append(list, strings.Join(c, " "))
			}
		}
		return list
	}
	want := writes(all)
	for stop := range want {
		for _, name := range []string{"dash", "bash"} {
			s := newShell(t, name)
			elsewhere(s)
			good, err := os.ReadFile(filepath.Join(s.dir, "bin/aws"))
			if err != nil {
				t.Fatal(err)
			}
			// The stand-in refuses one write.
			s.file("bin/refusing", strings.Replace(string(good), "#!/bin/sh\n", `#!/bin/sh
case "$1 $2" in *" create-"* | *" request-"* | *" change-"*)
	echo x >>"$APIFRONT_TEST/writes"
	[ "$(wc -l <"$APIFRONT_TEST/writes")" != "$STOP" ] || { echo refused >&2; exit 254; }
	;;
esac
`, 1))
			if err := os.Rename(filepath.Join(s.dir, "bin/refusing"), filepath.Join(s.dir, "bin/aws")); err != nil {
				t.Fatal(err)
			}
			s.env = []string{"STOP=" + string(rune('1'+stop))}
			first, said, failed := s.run(strings.ReplaceAll(script.Text, "-lt 30", "-lt 1"))
			if failed == nil || !strings.Contains(said, "It stopped at write ") || !strings.Contains(said, "call "+script.keys[stop]) {
				t.Fatalf("stopped at %d it says, %v:\n%s", stop, failed, said)
			}
			second, said, failed := s.run(script.Text)
			if failed != nil {
				t.Fatalf("stopped at %d, then %v:\n%s", stop, failed, said)
			}
			if got := append(writes(first), writes(second)...); !slices.Equal(got, want) {
				t.Errorf("stopped at %d the writes are\n%s\nwant\n%s", stop, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if third, said, failed := s.run(script.Text); failed != nil || len(writes(third)) > 0 {
				t.Errorf("run again after its end it makes %v, %v: %s", order(third), failed, said)
			}
		}
	}
}

// What no row of the setup has is named after what it is.
func TestScriptNamesWhatNothingNames(t *testing.T) {
	t.Parallel()
	s := newShell(t, "sh")
	p := &tape{t: t}
	p.add("logs", "logs", "DeleteDelivery", m{"id": "oldDelivery00001"}, nil)
	p.add("logs", "logs", "CreateDelivery", m{"deliverySourceName": "s"}, map[string]string{"delivery.id": "newDelivery00002"})
	p.add("logs", "logs", "DeleteDelivery", m{"id": "newDelivery00002"}, nil)
	script := NewScript(p.calls, about(setup.JobApply))
	if len(script.Given) != 1 || script.Given[0] != (Thing{"DELIVERY_ID", "oldDelivery00001"}) {
		t.Errorf("it has the things %v", script.Given)
	}
	s.answer("logs create-delivery", "otherDelivery003")
	s.env = []string{"USE_DELIVERY_ID=theirs"}
	calls, said, err := s.run(script.Text)
	if got := askedOf(calls, "logs delete-delivery"); err != nil || len(got) != 2 || !sameJSON(t, got[0], `{"id":"theirs"}`) || !sameJSON(t, got[1], `{"id":"otherDelivery003"}`) {
		t.Errorf("asked was %v, %v: %s", got, err, said)
	}
}

// Nobody is asked for records that were there, or that apifront writes.
func TestScriptAsksNobodyWhereApifrontWrites(t *testing.T) {
	t.Parallel()
	a := aboutChange()
	a.Steps = []setup.Step{{ID: "validation", Number: 1, Title: "Add record", State: setup.StepDone, FinishedAt: begun, Records: []setup.Record{{Type: "CNAME", Name: "_a.api.example.com", Value: "_b"}}}}
	if script := NewScript(changeJob(t).calls, a); script.Person || strings.Contains(script.Text, "by hand where") {
		t.Errorf("it asks somebody for a record:\n%s", script.Text)
	}
	a.Hand = true
	if script := NewScript(changeJob(t).calls, a); !script.Person || !strings.Contains(script.Text, "by hand where") {
		t.Errorf("it asks nobody for a record:\n%s", script.Text)
	}
}

// What a setup has and had is called the same in all scripts of the setup.
func TestThings(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain.ZoneID = "Z1"
	spec.API.Mappings = []setup.Mapping{{APIID: "a1", APIName: "Orders API"}, {APIID: "a1", Path: "x"}, {APIID: "a2"}}
	row := func(key, id string, number int, attributes ...string) setup.Resource {
		r := setup.Resource{Key: key, ID: id, ARN: "arn:" + id, Number: number, Attributes: map[string]string{}}
		for i := 0; i < len(attributes); i += 2 {
			r.Attributes[attributes[i]] = attributes[i+1]
		}
		return r
	}
	have := setup.Resources{}
	for _, r := range []setup.Resource{
		row(setup.KeyDistribution, "E1", 0, setup.AttrDomainName, "d1.cloudfront.net"), row(setup.KeyDomain, "api.example.com", 0, setup.AttrTarget, "d-1"),
		row(setup.KeyCertificateEdge, "c2", 1, setup.AttrRecordName, "_n.", setup.AttrRecordValue, "_v"), row(setup.KeyCertificateRegional, "c3", 0, setup.AttrRecordName, "_n"),
		row(setup.MappingKey(""), "m1", 0, setup.AttrAPI, "a1"), row(setup.MappingKey("v1"), "m2", 0), row(setup.MappingKey("v/1"), "m3", 0), row(setup.MappingKey("v-1"), "m4", 0), row(setup.MappingKey("V1"), "m5", 2, setup.AttrAPI, "a9"),
	} {
		have[r.Key] = r
	}
	got := map[string]string{}
	for _, thing := range Things(setup.Job{AccountID: "123456789012"}, spec, have, setup.Former{row(setup.KeyCertificateEdge, "c1", 0), row(setup.KeyCachePolicy, "", 0)}) {
		if got[thing.Name] != "" {
			t.Errorf("%s are two things", thing.Name)
		}
		got[thing.Name] = thing.Value
	}
	for name, value := range map[string]string{
		"ACCOUNT_ID": "123456789012", "HOSTED_ZONE_ID": "Z1", "API_ORDERS_API": "a1", "API_A2": "a2", "API_A9": "a9", "DISTRIBUTION_ID": "E1", "DISTRIBUTION_DOMAIN_NAME": "d1.cloudfront.net",
		"DOMAIN_TARGET": "d-1", "CERTIFICATE_EDGE": "arn:c1", "CERTIFICATE_EDGE_1": "arn:c2", "CERTIFICATE_REGIONAL": "arn:c3", "VALIDATION_NAME_1": "_n", "VALIDATION_VALUE_1": "_v", "MAPPING_ROOT": "m1", "MAPPING_V1": "m2",
	} {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	if len(got) != 18 {
		t.Errorf("there are %d things: %v", len(got), got)
	}
}

// A teardown asks whether callers are gone, if somebody led them away by hand.
func TestScriptAsksWhetherCallersAreGone(t *testing.T) {
	t.Parallel()
	p := &tape{t: t}
	p.add("disable", "cloudfront", "UpdateDistribution", m{"Id": "E1111111111111", "IfMatch": "E2", "DistributionConfig": m{"Enabled": false}}, nil)
	p.add("delete", "cloudfront", "DeleteDistribution", m{"Id": "E1111111111111", "IfMatch": "E3"}, nil)
	for _, tc := range []struct {
		hand bool
		kind setup.JobKind
		asks int
	}{{true, setup.JobTeardown, 1}, {false, setup.JobTeardown, 0}, {true, setup.JobApply, 0}} {
		a := about(tc.kind)
		a.Hand = tc.hand
		script := NewScript(p.calls, a)
		if got := strings.Count(script.Text, "must not lead to CloudFront any more"); got != tc.asks {
			t.Errorf("by hand %t, %s: it asks %d times", tc.hand, tc.kind, got)
		}
		s := newShell(t, "sh")
		calls, said, err := s.run(script.Text) // nobody is there
		if stopped := err != nil && len(askedOf(calls, "cloudfront update-distribution")) == 0; stopped != (tc.asks > 0) {
			t.Errorf("by hand %t, %s: it made %v and said %s", tc.hand, tc.kind, order(calls), said)
		}
	}
	p.add("leave", "route53", "ChangeResourceRecordSets", record("DELETE", "api.example.com", "CNAME", "d1.cloudfront.net"), nil)
	a := about(setup.JobTeardown)
	a.Hand = true
	if script := NewScript(p.calls, a); strings.Contains(script.Text, "must not lead to CloudFront") {
		t.Error("it asks although it moves callers itself")
	}
}
