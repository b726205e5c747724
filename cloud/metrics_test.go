package cloud

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// The requests of a result are the sum of its minutes, and nothing follows from one that
// cannot be so.
func TestRequestsOfAResult(t *testing.T) {
	t.Parallel()
	from := time.Unix(1_700_000_040, 0).UTC().Truncate(time.Minute)
	until := from.Add(5 * time.Minute)
	at := func(minutes ...int) (list []time.Time) {
		for _, m := range minutes {
			list = append(list, from.Add(time.Duration(m)*time.Minute))
		}
		return list
	}
	for name, c := range map[string]struct {
		times  []time.Time
		values []float64
		state  types.StatusCode
		want   int64 // -1: nothing follows
	}{
		"none":                  {nil, nil, types.StatusCodeComplete, 0},
		"some":                  {at(0, 3), []float64{38, 2}, types.StatusCodeComplete, 40},
		"out of order":          {at(4, 0, 1), []float64{1, 2, 3}, types.StatusCodeComplete, 6},
		"part of it":            {at(0), []float64{38}, types.StatusCodePartialData, -1},
		"nothing yet":           {nil, nil, types.StatusCodePartialData, -1},
		"a fault":               {nil, nil, types.StatusCodeInternalError, -1},
		"forbidden":             {nil, nil, types.StatusCodeForbidden, -1},
		"without state":         {nil, nil, "", -1},
		"a value too many":      {at(0), []float64{1, 2}, types.StatusCodeComplete, -1},
		"a value too few":       {at(0, 1), []float64{1}, types.StatusCodeComplete, -1},
		"fewer than none":       {at(0), []float64{-1}, types.StatusCodeComplete, -1},
		"no number":             {at(0), []float64{math.NaN()}, types.StatusCodeComplete, -1},
		"endless":               {at(0), []float64{math.Inf(1)}, types.StatusCodeComplete, -1},
		"more than all":         {at(0), []float64{1e300}, types.StatusCodeComplete, -1},
		"before what was asked": {at(-1), []float64{1}, types.StatusCodeComplete, -1},
		"after what was asked":  {at(5), []float64{1}, types.StatusCodeComplete, -1},
		"a minute twice":        {at(1, 1), []float64{1, 1}, types.StatusCodeComplete, -1},
	} {
		got, err := sumOf(types.MetricDataResult{Timestamps: c.times, Values: c.values, StatusCode: c.state}, from, until)
		if c.want >= 0 && (err != nil || got != c.want) {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
		if strange, is := errors.AsType[*AnswerError](err); c.want < 0 && (!is || strange.Why == "") {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
	}
}
