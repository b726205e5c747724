package sim

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// forgotten are the fields of a Sim that no state file has, and why.
var forgotten = map[string]string{
	"cfg":       "said anew at each start",
	"ca":        "compared by its certificate",
	"book":      "read again from the documents",
	"mu":        "no data",
	"public":    "ACM looks once more",
	"resolvers": "resolvers that start again know nothing",
	"tree":      "follows from zones and orders",
	"tagIndex":  "finds the tags again, as late as ever",
	"net":       "connections, and what edges cached",
	"seed":      "set by Demo",
	"calls":     "the log is of one run",
	"trail":     "a log of one run too",
	"metrics":   "a count of one run",
	"keeper":    "this is it",
	"version":   "counts the saves of one run",
	"saving":    "a timer of one run",
}

// A filler gives every field of a value a value of its own.
type filler struct{ n int }

func (f *filler) fill(t *testing.T, v reflect.Value, depth int) {
	t.Helper()
	f.n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	case reflect.Float64:
		v.SetFloat(float64(f.n) + 0.5)
	case reflect.Pointer:
		if depth > 12 {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(t, v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(t, v.Index(0), depth+1)
		f.fill(t, v.Index(1), depth+1)
	case reflect.Array:
		for i := range v.Len() {
			f.fill(t, v.Index(i), depth+1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(t, key, depth+1)
		f.fill(t, value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if _, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(time.Unix(int64(f.n), 7).UTC()))
			return
		}
		for i := range v.NumField() {
			f.fill(t, reachable(v.Field(i)), depth+1)
		}
	default:
		t.Fatalf("a %s cannot be in a world that is saved", v.Type())
	}
}

// reachable lets a test write to an unexported field.
func reachable(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// fillWorld fills everything a state file must have.
func fillWorld(t *testing.T, s *Sim) {
	t.Helper()
	f := &filler{}
	world := reflect.ValueOf(s).Elem()
	for i := range world.NumField() {
		if _, ok := forgotten[world.Type().Field(i).Name]; !ok {
			f.fill(t, reachable(world.Field(i)), 0)
		}
	}
	// Where a key of a map says again what its value says.
	for key, r := range s.regions {
		r.key = key
	}
	for id, g := range s.globals {
		g.account = id
	}
	for id, z := range s.zones {
		z.ID = id
		maps := []map[recordKey]*recordSet{z.Records, z.Served}
		for _, p := range z.Pending {
			maps = append(maps, p.Records)
		}
		for _, m := range maps {
			for key, r := range m {
				r.recordKey = key
			}
		}
	}
}

// sameWorld compares two worlds field by field.
func sameWorld(t *testing.T, got, want *Sim) {
	t.Helper()
	a, b := reflect.ValueOf(got).Elem(), reflect.ValueOf(want).Elem()
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		if _, ok := forgotten[name]; ok {
			continue
		}
		if d := cmp.Diff(reachable(b.Field(i)).Interface(), reachable(a.Field(i)).Interface(),
			cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-saved +loaded):\n%s", name, d)
		}
	}
	if !got.ca.cert.Equal(want.ca.cert) || !got.ca.key.Equal(want.ca.key) {
		t.Error("another certificate authority")
	}
}

// kept saves a world to a file and stops.
func kept(t *testing.T, s *Sim) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.json")
	stop, err := s.Keep(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	return path
}

func loaded(t *testing.T, path string) *Sim {
	t.Helper()
	s := New(Config{})
	if ok, err := s.Load(path); err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	return s
}

// TestEveryFieldIsSaved fails for a field of the world that a state file
// loses, whoever adds it.
func TestEveryFieldIsSaved(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	fillWorld(t, s)
	sameWorld(t, loaded(t, kept(t, s)), s)
}

// TestStateComesBack saves a world in which every service did something.
func TestStateComesBack(t *testing.T) {
	t.Parallel()
	pace := DemoPace()
	pace.Latency = 0
	s := New(Config{Pace: pace})
	world := s.Demo()
	cfg := sdk(s, "us-east-1", Key{ID: world.KeyID, Secret: world.Secret})
	mustRequest(t, acm.NewFromConfig(cfg), "a.harborview.example")
	zone := world.Zones["harborview.example"]
	mustChange(t, route53.NewFromConfig(cfg), zone, aChange("UPSERT", "b.harborview.example", "TXT", 60, `"x"`))
	w := cdnOf(s, ours)
	d, _ := w.create(t, w.recipe("c.example.com"))
	before := s.State()

	again := loaded(t, kept(t, s))
	if d := cmp.Diff(before, again.State()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(world, again.Demo()); d != "" {
		t.Errorf("the demo is another one: %s", d)
	}
	if d := cmp.Diff(before, again.State()); d != "" {
		t.Errorf("Demo changed a world that was loaded: %s", d)
	}
	w.c = cloudfront.NewFromConfig(sdk(again, "us-east-1", w.key))
	if got, _ := w.get(t, *d.Id); *got.DomainName != *d.DomainName {
		t.Errorf("got %s", *got.DomainName)
	}
	again.Reset()
	if got := again.State(); len(got.Distributions) != 0 || len(got.Zones) != 4 {
		t.Errorf("Reset came back to %+v", got)
	}
}

func TestBrokenStateFiles(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(kept(t, New(Config{})))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(good, &file); err != nil {
		t.Fatal(err)
	}
	with := func(key string, value any) string {
		changed := map[string]any{}
		for k, v := range file {
			changed[k] = v
		}
		changed[key] = value
		b, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, tc := range map[string]struct{ content, want string }{
		"empty":          {"", "is broken"},
		"cut off":        {string(good[:len(good)/2]), "is broken"},
		"a letter":       {strings.Replace(string(good), `"serial":0`, `"serial":1`, 1), "is broken: it was changed or cut off"},
		"something else": {`{"hello":1}`, "is none: something else wrote it"},
		"newer":          {with("version", 2), "was written by a newer apifront: it has version 2, this apifront reads version 1"},
		"older":          {with("version", 0), "is broken"},
		"unknown member": {sealed(`{"tomorrow":1}`), "unknown field"},
		"no authority":   {sealed(`{}`), "no certificate authority"},
		"a bad key":      {sealed(`{"authority":{"key":"-----BEGIN A-----\n-----END A-----\n","certificate":"-----BEGIN A-----\n-----END A-----\n"}}`), "certificate authority"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "state.json")
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			s := New(Config{})
			s.AddAccount(ours, "u")
			ok, err := s.Load(path)
			if ok || err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v, %v", ok, err)
			}
			if len(s.State().Accounts) != 1 {
				t.Error("the world was changed by a file that was not taken")
			}
		})
	}
	s := New(Config{})
	if ok, err := s.Load(filepath.Join(t.TempDir(), "none")); ok || err != nil {
		t.Errorf("without a file: %v, %v", ok, err)
	}
	if _, err := s.Keep(filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("a file that cannot be written was accepted")
	}
}

// sealed is a state file with that world, whatever it is.
func sealed(world string) string {
	return fmt.Sprintf(`{"format":%q,"version":%d,"sum":%q,"world":%s}`, savedFormat, savedVersion, sumOf([]byte(world)), world)
}

// TestAnsweredChangesAreSaved reads the file after each call, as a restart
// after a crash would find it.
func TestAnsweredChangesAreSaved(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount(ours, "u")
	role := s.AddRole(ours, "r", "")
	path := filepath.Join(t.TempDir(), "state.json")
	stop, err := s.Keep(path)
	if err != nil {
		t.Fatal(err)
	}
	arn := mustRequest(t, acm.NewFromConfig(sdk(s, "eu-west-1", key)), "a.example.com")
	if c := loaded(t, path).certificate(arn); c == nil {
		t.Error("a certificate was answered before it was saved")
	}
	out, err := sts.NewFromConfig(sdk(s, "eu-west-1", key)).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("me")})
	if err != nil {
		t.Fatal(err)
	}
	if loaded(t, path).accounts[*out.Credentials.AccessKeyId] == nil {
		t.Error("a session was answered before it was saved")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	mustRequest(t, acm.NewFromConfig(sdk(s, "eu-west-1", key)), "b.example.com")
	if got := loaded(t, path).State().Certificates; len(got) != 1 {
		t.Errorf("saved after the stop: %+v", got)
	}
}

// TestTheRestIsSavedSoon: what nobody waits for is in the file a second later.
func TestTheRestIsSavedSoon(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		stop, err := s.Keep(path)
		if err != nil {
			t.Fatal(err)
		}
		s.Order(Fault{ID: "f", Service: "acm"})
		if got := loaded(t, path).Ordered(); len(got) != 0 {
			t.Errorf("saved at once: %+v", got)
		}
		time.Sleep(keepEvery + time.Millisecond)
		synctest.Wait()
		if got := loaded(t, path).Ordered(); len(got) != 1 || got[0].ID != "f" {
			t.Errorf("after a second: %+v", got)
		}
		s.Withdraw("f")
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if got := loaded(t, path).Ordered(); len(got) != 0 {
			t.Errorf("after the stop: %+v", got)
		}
	})
}

func FuzzStateFile(f *testing.F) {
	f.Add(sealed(`{}`))
	f.Add(`{"format":"apifront simulated AWS","version":9}`)
	f.Fuzz(func(t *testing.T, content string) {
		world, err := readSaved([]byte(content))
		if err == nil {
			_ = New(Config{}).restore(world) // whatever it says, it does not break
		}
	})
}
