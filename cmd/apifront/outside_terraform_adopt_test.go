//go:build outside

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A distribution that Terraform keeps, with settings for which a setup has no field, is
// adopted, changed and checked here. Adopting changes nothing that Terraform would see;
// after the change its plan shows the one setting that was put right, the tags, and
// nothing else.
func TestOutsideTerraformAdopted(t *testing.T) {
	t.Parallel()
	withTerraform(t, terraformKeepsWhatIsAdopted)
}

func terraformKeepsWhatIsAdopted(t testing.TB) {
	const name = "berth.harborview.example"
	d := startDemo(t, "instant")
	tf := (&judged{t: t, sim: d.sim, world: d.world, net: d.net}).terraform("terraform-adopted")
	tf.set("name", name)
	tf.set("zone_id", d.world.Zones["harborview.example"])
	tf.set("rest_api", tf.api("orders-api-eu"))
	tf.run(tf.command("apply", "-no-color", "-auto-approve", "-input=false"))
	if got := tf.differences(); len(got) > 0 {
		t.Fatalf("before adopting the plan shows %v", got)
	}

	v := newVisitor(t, d.app.url)
	v.signIn()
	v.open("/doctor?name=" + name)
	v.press("Look", map[string]string{"domain": name, "connection": setup.DefaultConnection})
	at := v.at.Path
	v.until(at, time.Minute, "the doctor has looked", func() bool { return v.settled() && !strings.Contains(v.text(), "Looking for") })
	v.open(at + "/adopt")
	v.press("Adopt "+name, map[string]string{"d-distribution/AllowedMethods": "right", "d-distribution/ErrorCachingMinTTL": "keep"})
	if v.status != 200 || !strings.HasPrefix(v.at.Path, "/setups/") {
		t.Fatalf("after adopting: status %d at %s: %s", v.status, v.at, v.text())
	}
	page := v.at.Path
	serving := func() bool { return strings.HasPrefix(squeeze(v.page.Find("title").Text()), "Serving") }
	v.until(page, time.Minute, "the first check has looked", serving)
	if got := tf.differences(); len(got) > 0 {
		t.Fatalf("adopting was to change nothing, and the plan shows %v", got)
	}

	review, ok := v.page.Find(`a[href*="/drafts/"]`).Attr("href")
	if !ok {
		t.Fatalf("no change waits for its review: %s", v.text())
	}
	v.until(review, time.Minute, "the plan is there", v.settled)
	v.press("Apply change", nil)
	if title := v.finish(90 * time.Second); !strings.HasPrefix(title, "Succeeded") {
		t.Fatalf("the job ended as %q: %s", title, v.text())
	}
	const front = "aws_cloudfront_distribution.front: "
	want := []string{front + "default_cache_behavior.0.allowed_methods"}
	var tags []string
	got := slices.DeleteFunc(tf.differences(), func(s string) bool {
		tag := strings.Contains(s, ".tags") || strings.Contains(s, ": tags")
		if tag {
			tags = append(tags, s)
		}
		return tag
	})
	if !slices.Equal(got, want) {
		t.Errorf("after the change Terraform's plan shows %q, want %q", got, want)
	}
	t.Logf("tags that Terraform would take away: %d", len(tags))
	for _, s := range tags {
		if !strings.HasPrefix(s, front) || !strings.Contains(s, "apifront:") {
			t.Errorf("a tag that is not apifront's: %s", s)
		}
	}
	v.until(page, time.Minute, "the setup serves", serving)
	v.press("Check now", nil)
	v.until(page, time.Minute, "the check has ended", func() bool { return v.settled() && serving() })
	if n := v.page.Find("#found, .fnd").Length(); n > 0 {
		t.Errorf("the check finds something of what stays as it is: %s", v.text())
	}
}

// differences are the attributes that a plan would change, as "address: path".
func (tf *terraform) differences() []string {
	tf.t.Helper()
	if code, out := tf.plan("-out=plan.bin"); code != 0 && code != 2 {
		tf.t.Fatalf("plan: %s", out)
	}
	out, err := tf.command("show", "-json", "plan.bin").Output()
	if err != nil {
		tf.t.Fatalf("show: %v", err)
	}
	var plan struct {
		Changes []struct {
			Address string
			Change  struct {
				Actions       []string
				Before, After map[string]any
			}
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(out, &plan); err != nil {
		tf.t.Fatal(err)
	}
	var list []string
	for _, r := range plan.Changes {
		if slices.Equal(r.Change.Actions, []string{"no-op"}) || slices.Equal(r.Change.Actions, []string{"read"}) {
			continue
		}
		for _, path := range unequal("", r.Change.Before, r.Change.After) {
			list = append(list, r.Address+": "+path)
		}
		if !slices.Equal(r.Change.Actions, []string{"update"}) {
			list = append(list, fmt.Sprintf("%s: %s", r.Address, r.Change.Actions))
		}
	}
	return list
}

// unequal are the paths at which two values differ.
func unequal(path string, a, b any) []string {
	at := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	var list []string
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return []string{path}
		}
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			list = append(list, unequal(at(key), a[key], b[key])...)
		}
		return list
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return []string{path}
		}
		for i := range a {
			list = append(list, unequal(at(fmt.Sprint(i)), a[i], b[i])...)
		}
		return list
	}
	if a != b {
		return []string{path}
	}
	return nil
}
