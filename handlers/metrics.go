package handlers

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"apifront/setup"
)

// metrics answers programs that watch, in the text format of Prometheus. Names of
// setups are among what it says, so it wants the token of the installation as
// "Authorization: Bearer TOKEN" and does not exist without one.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if s.Metrics == "" {
		return NotFound("This server shows no metrics: it was started without APIFRONT_METRICS_TOKEN")
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(s.Metrics))
	if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
		http.Error(w, "The metrics want the token of APIFRONT_METRICS_TOKEN: Authorization: Bearer TOKEN", http.StatusUnauthorized)
		return nil
	}
	numbers, err := s.numbers(r.Context())
	if err != nil {
		return err
	}
	promhttp.HandlerFor(numbers, promhttp.HandlerOpts{DisableCompression: true}).ServeHTTP(w, r)
	return nil
}

// numbers are the metrics of this moment.
func (s *Server) numbers(ctx context.Context) (*prometheus.Registry, error) {
	m, err := s.Store.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	all := prometheus.NewRegistry()
	all.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "apifront", Name: name, Help: help}, labels)
		all.MustRegister(g)
		return g
	}
	gauge("build_info", "1, with the version of this process.", "version").WithLabelValues(s.Version).Set(1)
	setups := gauge("setups", "Setups by state: what is true for callers now.", "state")
	for _, state := range setup.StateIDs() {
		setups.WithLabelValues(string(state)).Set(float64(m.Setups[state]))
	}
	jobs := gauge("active_jobs", "Jobs that have not ended, by state.", "state")
	for _, state := range setup.JobStates() {
		if state.Active() {
			jobs.WithLabelValues(string(state)).Set(float64(m.ActiveJobs[state]))
		}
	}
	gauge("open_findings", "Findings of checks that nobody has put back, kept or muted.").WithLabelValues().Set(float64(m.OpenFindings))
	gauge("overdue_checks", "Scheduled checks whose time came more than a minute ago.").WithLabelValues().Set(float64(m.OverdueChecks))
	deliveries := gauge("undelivered_notices", "Deliveries of notices that wait for their next try, or were given up.", "state")
	for _, state := range []setup.DeliveryState{setup.DeliveryWaiting, setup.DeliveryGivenUp} {
		deliveries.WithLabelValues(string(state)).Set(float64(m.Deliveries[state]))
	}
	ends := gauge("certificate_not_after_timestamp_seconds", "When the first certificate of a setup ends, in Unix time, as its last check saw it.", "setup", "account", "region")
	for _, c := range m.Certificates {
		ends.WithLabelValues(c.Name, c.Account, c.Region).Set(float64(c.At.Unix()))
	}
	return all, nil
}
