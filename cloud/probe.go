package cloud

// A Prober looks from outside, as a visitor does: DNS queries and HTTPS
// requests, each of them recorded.
type Prober struct {
	cloud  *Cloud
	record Recorder
}

// Prober makes probes that are told to rec, which may be nil.
func (c *Cloud) Prober(rec Recorder) *Prober { return &Prober{cloud: c, record: rec} }
