package sim

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// With a spread AWS takes another time for each thing, and always the same for one;
// without it, it takes what the pace says.
func TestSpread(t *testing.T) {
	const usual, spread, things = time.Minute, 0.2, 4000
	s, exact := New(Config{Pace: Pace{Spread: spread}}), New(Config{})
	var sum, squares float64
	for i := range things {
		name, since := fmt.Sprintf("n%d.example.com", i/2), time.Unix(int64(i), 0)
		d := s.takes(usual, "issue", name, since)
		if again := s.takes(usual, "issue", name, since.In(time.FixedZone("", 3600))); again != d {
			t.Fatalf("it took %s and then %s", d, again)
		}
		for what, other := range map[string]time.Duration{
			"another thing": s.takes(usual, "deploy", name, since), "another name": s.takes(usual, "issue", "x"+name, since),
			"another time": s.takes(usual, "issue", name, since.Add(time.Nanosecond)),
		} {
			if other == d {
				t.Fatalf("%s takes the same, %s", what, d)
			}
		}
		if d := exact.takes(usual, "issue", name, since); d != usual {
			t.Fatalf("without a spread it takes %s", d)
		}
		log := math.Log(float64(d) / float64(usual))
		sum, squares = sum+log, squares+log*log
	}
	mean := sum / things
	if deviation := math.Sqrt(squares/things - mean*mean); math.Abs(mean) > spread/10 || math.Abs(deviation-spread) > spread/10 {
		t.Errorf("the logarithm is %.3f in the mean with a deviation of %.3f, want 0 and %.1f", mean, deviation, spread)
	}
}
