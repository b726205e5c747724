package sim

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// takes is how long AWS takes for one thing that usually takes so long: with
// Pace.Spread another time for each. It is drawn by what is done to which name, and
// when, so that it is the same as often as it is asked for.
func (s *Sim) takes(usual time.Duration, what, name string, since time.Time) time.Duration {
	if s.cfg.Pace.Spread == 0 {
		return usual
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(what + " " + name + " " + since.UTC().Format(time.RFC3339Nano))) // a hash takes everything
	draw := rand.New(rand.NewPCG(h.Sum64(), 0)).NormFloat64()                              //nolint:gosec // G404: it keeps no secret
	return time.Duration(float64(usual) * math.Exp(s.cfg.Pace.Spread*draw))
}
