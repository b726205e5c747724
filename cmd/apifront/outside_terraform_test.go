//go:build outside

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"apifront/cloud/sim"
)

// terraformProvider is where a mirror keeps the AWS provider.
const terraformProvider = "registry.terraform.io/hashicorp/aws"

// A terraform is a folder with a configuration, and how to run Terraform in it.
type terraform struct {
	*judged
	path, dir string
	vars      []string
}

// newTerraform copies a configuration of testdata to a folder of its own.
// Terraform and its AWS provider are too large to install for a check, so a
// machine without them skips the test even with CI=true, and says so.
func newTerraform(t testing.TB, config string) *terraform {
	t.Helper()
	return newJudged(t).terraform(config)
}

// terraform is Terraform on a simulator that is there already.
func (j *judged) terraform(config string) *terraform {
	t := j.t
	t.Helper()
	path, mirror := findTerraform()
	if path == "" || mirror == "" {
		t.Skipf("SKIPPED: TERRAFORM DID NOT JUDGE THE SIMULATOR. Program: %q; mirror of providers with %s: %q (TF_PLUGIN_MIRROR names one)", path, terraformProvider, mirror)
	}
	tf := &terraform{judged: j, path: path, dir: t.TempDir()}
	if err := os.CopyFS(tf.dir, os.DirFS(filepath.Join("testdata", config))); err != nil {
		t.Fatal(err)
	}
	rc := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(tf.file("terraform.rc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			tf.tellRetries()
		}
		if a, ok := t.(*attempt); ok {
			a.again = a.again || tf.lostAnswer() != ""
		}
	})
	tf.run(tf.command("init", "-no-color", "-input=false"))
	return tf
}

// findTerraform looks where Terraform and a mirror of its providers usually are.
func findTerraform() (path, mirror string) {
	path, err := exec.LookPath("terraform")
	if err != nil {
		path = ""
	}
	places := []string{os.Getenv("TF_PLUGIN_MIRROR")}
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places, filepath.Join(home, ".terraform.d", "plugins"))
	}
	places = append(places, "/opt/tf-plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")
	for _, dir := range places {
		if dir != "" && exists(filepath.Join(dir, filepath.FromSlash(terraformProvider))) {
			return path, dir
		}
	}
	return path, ""
}

func (tf *terraform) file(name string) string { return filepath.Join(tf.dir, name) }

// set gives the configuration's variable a value.
func (tf *terraform) set(name, value string) { tf.vars = append(tf.vars, "TF_VAR_"+name+"="+value) }

func (tf *terraform) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(tf.t.Context(), tf.path, args...)
	cmd.Dir = tf.dir
	cmd.Env = append(tf.env("TF_CLI_CONFIG_FILE="+tf.file("terraform.rc"), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH="+tf.file("provider.log")), tf.vars...)
	return cmd
}

// tellRetries writes down which calls the provider made once more, and why.
func (tf *terraform) tellRetries() {
	said, err := os.ReadFile(tf.file("provider.log"))
	if err != nil {
		tf.t.Logf("the provider's log: %v", err)
		return
	}
	var before string
	for line := range strings.Lines(string(said)) {
		if again := strings.Contains(line, "attempt="); again && !strings.Contains(line, "attempt=1;") {
			tf.t.Logf("the provider tries again:\n%.600s\nafter\n%.600s", line, before)
		}
		before = line
	}
}

// plan is the exit code of a plan: 0 when nothing is to be done, 2 when something is.
func (tf *terraform) plan(more ...string) (int, string) {
	tf.t.Helper()
	began := time.Now()
	out, err := tf.command(append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, more...)...).CombinedOutput()
	tf.t.Logf("%v: plan", time.Since(began).Round(100*time.Millisecond))
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		tf.t.Fatal(err)
	}
	if ended != nil {
		return ended.ExitCode(), string(out)
	}
	return 0, string(out)
}

// TestOutsideTerraform makes, plans again, changes and destroys two front
// doors in two regions. Nearly all of its time is Terraform's own sleep before
// it first looks at a record (10 to 30 seconds) or a distribution (30).
func TestOutsideTerraform(t *testing.T) {
	t.Parallel()
	withTerraform(t, terraformMakesAndDestroys)
}

func terraformMakesAndDestroys(t testing.TB) {
	tf := newTerraform(t, "terraform")
	tf.set("zone", "lakeside.example")
	tf.set("rest_api", tf.api("orders-api-eu"))
	tf.set("http_api", tf.api("catalog-http-eu"))
	before := tf.account()
	tf.run(tf.command("apply", "-no-color", "-auto-approve", "-input=false"))
	tf.answers("rest.lakeside.example")
	tf.answers("http.lakeside.example")
	if code, out := tf.plan(); code != 0 {
		t.Errorf("a second plan ends with %d, want 0: nothing to change\n%s", code, out)
	}

	tf.set("read_timeout", "45")
	out := tf.run(tf.command("apply", "-no-color", "-auto-approve", "-input=false"))
	if want := "0 added, 2 changed, 0 destroyed"; !strings.Contains(out, want) {
		t.Errorf("after a change of two distributions, want %q:\n%s", want, out)
	}
	if code, out := tf.plan(); code != 0 {
		t.Errorf("a plan after the change ends with %d, want 0: nothing to change\n%s", code, out)
	}

	tf.run(tf.command("destroy", "-no-color", "-auto-approve", "-input=false"))
	tf.asFound(before)
	tf.allModelled()
}

// TestOutsideTerraformMistakes applies one configuration with a mistake in
// each of its resources: AWS refuses each with an error of its own.
func TestOutsideTerraformMistakes(t *testing.T) {
	t.Parallel()
	withTerraform(t, terraformIsRefused)
}

func terraformIsRefused(t testing.TB) {
	tf := newTerraform(t, "mistakes")
	ours := tf.world.AccountID
	tf.set("zone_id", tf.world.Zones["lakeside.example"])
	tf.set("rest_api", tf.api("orders-api-eu"))
	tf.set("http_api", tf.api("catalog-http-eu"))
	tf.set("edge_certificate", tf.world.Certificate)
	tf.set("regional_certificate", tf.sim.AddCertificate(ours, "eu-west-1", sim.Certificate{Names: []string{"*.lakeside.example"}}))
	tf.set("pending_certificate", tf.sim.AddCertificate(ours, "eu-west-1", sim.Certificate{Names: []string{"pending.lakeside.example"}, Status: "PENDING_VALIDATION"}))

	began := time.Now()
	out, err := tf.command("apply", "-json", "-auto-approve", "-input=false").Output()
	t.Logf("%v: apply", time.Since(began).Round(100*time.Millisecond))
	if err == nil {
		t.Error("the apply went well, although nearly everything in it is a mistake")
	}
	got := refusals(t, out)
	wrong := func(name string) string { return `aws_cloudfront_distribution.wrong["` + name + `"]` }
	for address, want := range map[string]string{
		wrong("wrong_region"):                                     "InvalidViewerCertificate: The specified SSL certificate doesn't exist, isn't in us-east-1 region",
		wrong("not_covered"):                                      "InvalidViewerCertificate: The certificate that is attached to your distribution doesn't cover the alternate domain name",
		wrong("no_certificate"):                                   "InvalidViewerCertificate: To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate",
		wrong("second_owner"):                                     "CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a different resource",
		wrong("unknown_cache_policy"):                             "NoSuchCachePolicy: The specified cache policy does not exist",
		wrong("unknown_origin_policy"):                            "NoSuchOriginRequestPolicy: The specified origin request policy does not exist",
		wrong("unknown_origin"):                                   "NoSuchOrigin: One or more of your origins or origin groups do not exist",
		wrong("origin_header_of_aws"):                             "InvalidArgument: The parameter HeaderName : X-Amz-Secret is not allowed",
		wrong("two_methods_and_put"):                              "InvalidArgument: The parameter AllowedMethods",
		"aws_cloudfront_origin_request_policy.authorization":      "InvalidArgument: The parameter Headers contains Authorization that is not allowed.",
		"aws_apigatewayv2_domain_name.duplicate":                  "BadRequestException: The domain name you provided already exists.",
		"aws_api_gateway_domain_name.edge_without_certificate":    "BadRequestException: A certificate was not provided for the endpoint type EDGE.",
		"aws_api_gateway_domain_name.not_issued":                  "not yet issued (Service: AWSCertificateManager; Status Code: 400",
		"aws_api_gateway_domain_name.certificate_of_other_region": "Certificate must be in 'eu-west-1'.",
		"aws_api_gateway_domain_name.not_covered":                 "BadRequestException: The domain name to be created is not covered by the provided certificate.",
		"aws_apigatewayv2_api_mapping.missing_stage":              "BadRequestException: Invalid stage identifier specified",
		"aws_api_gateway_base_path_mapping.http_api_by_v1":        "BadRequestException: Mixing of REST APIs and HTTP APIs on the same domain name",
		"aws_route53_record.beside_cname":                         "InvalidChangeBatch: [RRSet of type A with DNS name www.lakeside.example. is not permitted because a conflicting RRSet of type CNAME",
		"aws_route53_record.cname_at_apex":                        "InvalidChangeBatch: [RRSet of type CNAME with DNS name lakeside.example. is not permitted at apex in zone lakeside.example.]",
		"aws_route53_record.target_health":                        "InvalidChangeBatch: [EvaluateTargetHealth cannot be true for an alias that targets a CloudFront distribution]",
		"aws_route53_record.zone_of_alias":                        "but the alias target name does not lie within the target zone]",
	} {
		if !strings.Contains(got[address], want) {
			t.Errorf("%s ended with %q, want %q", address, got[address], want)
		}
		delete(got, address)
	}
	for address, said := range got {
		t.Errorf("%s was refused, which is not expected: %s", address, said)
	}
	tf.allModelled()
}

// refusals is what Terraform said of each resource that failed.
func refusals(t testing.TB, out []byte) map[string]string {
	t.Helper()
	all := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var line struct {
			Diagnostic struct{ Severity, Address, Summary, Detail string } `json:"diagnostic"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		if d := line.Diagnostic; d.Severity == "error" {
			all[d.Address] += d.Summary + " " + d.Detail
		}
	}
	return all
}
