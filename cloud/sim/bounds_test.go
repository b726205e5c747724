package sim

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Sessions of roles are made without end by whoever may assume one. Those that
// have ended go first, then those that would end first; the newest works.
func TestSessionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		key := s.AddAccount("111122223333", "u")
		role := s.AddRole("999988887777", "r", "x")
		client := sts.NewFromConfig(sdk(s, "us-east-1", key))
		assume := func() *sts.AssumeRoleOutput {
			out, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1"), ExternalId: aws.String("x")})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		for i := range sessionsKept + 100 { // as assume would, without the way there
			id := fmt.Sprintf("ASIA%016d", i)
			s.mu.Lock()
			s.forgetSessions()
			s.accounts[id] = &account{ID: "999988887777", KeyID: id, Role: role, Expires: s.now().Add(time.Hour + time.Duration(i)*time.Millisecond)}
			s.mu.Unlock()
		}
		out := assume()
		if n := len(s.accounts); n > sessionsKept+10 {
			t.Errorf("%d accounts and sessions are kept", n)
		}
		session := Key{ID: *out.Credentials.AccessKeyId, Secret: *out.Credentials.SecretAccessKey}
		if _, err := sts.NewFromConfig(sdkWithToken(s, "us-east-1", session, *out.Credentials.SessionToken)).GetCallerIdentity(t.Context(), nil); err != nil {
			t.Errorf("the newest session: %v", err)
		}
		if _, ok := s.accounts[key.ID]; !ok {
			t.Error("an account that never ends was forgotten")
		}
		time.Sleep(13 * time.Hour)
		assume()
		if n := len(s.accounts); n > 10 {
			t.Errorf("%d accounts and sessions are kept after all have ended", n)
		}
	})
}

// The log keeps messages that quote the request. Large requests that are
// refused do not stay in memory with it.
func TestLoggedCallsAreBounded(t *testing.T) {
	s := New(Config{})
	w := s.Demo()
	long := strings.Repeat("a", 900_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 60 {
		for _, scope := range []string{"us-east-1/sts", long + "/sts", "us-east-1/" + long} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("Action=Nothing"+fmt.Sprint(i)+long))
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+w.KeyID+"/20261128/"+scope+"/aws4_request, SignedHeaders=host, Signature=00")
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			s.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("180 refused calls left %d kB in memory", grown>>10)
	}
	for _, c := range s.Calls() {
		for _, text := range []string{c.Service, c.Operation, c.Region, c.Message} {
			if len(text) > loggedBytes+3 {
				t.Fatalf("the log keeps a text of %d bytes", len(text))
			}
		}
	}
}

// Faults that never happen are not ordered without end.
func TestOrderedFaultsAreBounded(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	server := httptest.NewServer(s)
	defer server.Close()
	order := func(n int) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/_sim/faults", strings.NewReader("["+strings.TrimSuffix(strings.Repeat(`{"operation":"Nothing","code":"X","status":400},`, n), ",")+"]"))
		if err != nil {
			t.Fatal(err)
		}
		a, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		if err != nil || a.Body.Close() != nil {
			t.Fatal(err)
		}
		if a.StatusCode == http.StatusBadRequest {
			t.Fatalf("%s", body)
		}
		return a.StatusCode
	}
	if order(faultsKept) != http.StatusOK || order(1) != http.StatusConflict || len(s.Ordered()) != faultsKept {
		t.Errorf("%d faults are ordered", len(s.Ordered()))
	}
}
