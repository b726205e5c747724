package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"apifront/notice"
	"apifront/setup"
	"apifront/store"
)

// plantedNotices are notices of the law: their keys hold what is planted, and they
// may go to the receivers.
func plantedNotices(t *testing.T) (c noticeConfig, receivers []string) {
	t.Helper()
	for _, status := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		// It says everything back that it was told.
		r := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			body, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%s %v %s %v", r.URL, r.Header, body, err)
		}))
		t.Cleanup(r.Close)
		receivers = append(receivers, r.URL)
		c.inner = append(c.inner, strings.TrimPrefix(r.URL, "http://"))
	}
	key := []byte(strings.Repeat("Zq7Law9Key", 7))[:64]
	c.keys = func() ([][]byte, error) { return [][]byte{key}, nil }
	return c, receivers
}

// tellPlanted adds places whose addresses and keys hold what is planted, and waits
// until each was told.
func (l *secretLaw) tellPlanted(c noticeConfig, receivers []string) {
	l.t.Helper()
	ctx := l.t.Context()
	secrets, err := c.keys()
	if err != nil {
		l.t.Fatal(err)
	}
	keys, err := notice.NewKeys(secrets)
	if err != nil {
		l.t.Fatal(err)
	}
	for i, address := range receivers {
		for _, kind := range []setup.NoticeKind{setup.NoticeChat, setup.NoticeHook} {
			id, err := store.NewNoticePlaceID()
			if err != nil {
				l.t.Fatal(err)
			}
			p := setup.NoticePlace{ID: id, Kind: kind, Name: fmt.Sprintf("%s %d", kind, i), Host: "127.0.0.1", Topics: setup.NoticeTopics()}
			p.Sealed, err = keys.Seal(p, setup.NoticeSecret{
				Address: address + "/services/Zq7Law9Key-of-the-path/x?token=Zq7Law9Key-of-the-query", Key: "whsec_" + base64.StdEncoding.EncodeToString([]byte("Zq7Law9Key-that-signs-notices-00")),
			})
			if err != nil {
				l.t.Fatal(err)
			}
			if err := l.app.store.AddNoticePlace(ctx, p, demoName); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	for range 300 {
		last, err := l.app.store.LastDeliveries(ctx)
		if err != nil {
			l.t.Fatal(err)
		}
		ended := 0
		for _, d := range last {
			if d.State != setup.DeliveryWaiting && d.Text != "" {
				ended++
			}
		}
		if ended == 4 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	l.t.Fatal("not all places were told")
}
