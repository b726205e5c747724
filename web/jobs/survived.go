package jobs

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// GotOver says what a step that is done got over by itself, if all its calls are read.
func GotOver(f Facts, s setup.Step) []string {
	trouble, _ := survived(s, attemptsOf(f.Attempts, s.ID), f.Calls[s.ID])
	return trouble
}

// ofItself is the last attempt of a step with those before it, back to the one that a
// person began: the worker began the others. The attempts are the step's, oldest first.
func ofItself(attempts []setup.Attempt) []setup.Attempt {
	i := len(attempts) - 1
	for i > 0 && attempts[i].By == (setup.Person{Name: setup.WorkerName}) {
		i--
	}
	return attempts[max(i, 0):]
}

// survived says what a step that is done got over by itself since a person began it
// last, and which refusals it had expected. The attempts and the calls are the step's,
// oldest first.
func survived(s setup.Step, attempts []setup.Attempt, calls []setup.Call) (trouble, hoped []string) {
	if s.State != setup.StepDone {
		return nil, nil
	}
	first := s.Attempt
	if own := ofItself(attempts); len(own) > 0 {
		first = min(first, own[0].Number)
	}
	calls = slices.DeleteFunc(slices.Clone(calls), func(c setup.Call) bool {
		return c.Attempt < first || c.Attempt > s.Attempt || isProbe(c)
	})
	var told []string
	var limited, faulty, silent int
	var waited time.Duration
	for i, c := range calls {
		next, again := sameAfter(calls[i+1:], c)
		switch {
		case c.Code == setup.CodeNoAnswer && c.Write:
			told = append(told, lostWords(c, again, again && next.ID == calls[i+1].ID))
		case c.Code == setup.CodeNoAnswer && again:
			silent++
		case throttled(c) && again:
			limited++
			waited += max(next.StartedAt.Sub(c.StartedAt.Add(c.Took)), 0)
		case c.Status >= http.StatusInternalServerError && again:
			faulty++
		}
	}
	service := cmp.Or(s.Service, "AWS")
	queued := s.Turn.Waited.Round(time.Second)
	if queued > 0 {
		told = append(told, "Waited "+setup.Span(queued)+" for its turn: "+s.Turn.Limit+".")
	}
	switch {
	case limited > 0 && queued > 0:
		told = append(told, service+" refused "+setup.Count(limited, "call")+" as too many all the same. "+wentThrough(limited)+" after that.")
	case limited > 0:
		told = append(told, "Waited "+setup.Span(max(waited.Round(time.Second), time.Second))+" for a limit of "+service+", which refused "+setup.Count(limited, "call")+" as too many. "+wentThrough(limited)+" after that.")
	}
	if faulty > 0 {
		told = append(told, service+" had a fault of its own at "+setup.Count(faulty, "call")+". "+wentThrough(faulty)+map[bool]string{true: " when it was made again.", false: " when they were made again."}[faulty == 1])
	}
	if silent > 0 {
		told = append(told, setup.Count(silent, "question")+" got no answer at first, and did when asked again.")
	}
	return told, expected(calls)
}

func wentThrough(calls int) string {
	if calls == 1 {
		return "It went through"
	}
	return "They went through"
}

// sameAfter is the next call of the same operation.
func sameAfter(calls []setup.Call, c setup.Call) (setup.Call, bool) {
	i := slices.IndexFunc(calls, func(o setup.Call) bool {
		return o.Service == c.Service && o.Operation == c.Operation && o.Region == c.Region
	})
	if i < 0 {
		return setup.Call{}, false
	}
	return calls[i], true
}

// throttled says whether AWS refused a call only because there were too many.
func throttled(c setup.Call) bool {
	return c.Status == http.StatusTooManyRequests || strings.Contains(c.Code, "Throttl") || strings.Contains(c.Code, "TooManyRequests")
}

// lostWords are about a call that may have changed something, and whose answer did not
// arrive: whether it was sent again, and whether at once. Two kinds carry a reference by
// which AWS tells a call that is sent again.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
func lostWords(c setup.Call, again, atOnce bool) string {
	text := "The answer to " + c.Operation + " was lost. "
	made := strings.HasPrefix(c.Operation, "Create") || c.Operation == "RequestCertificate"
	switch {
	case atOnce && strings.HasPrefix(c.Operation, "CreateDistribution"):
		return text + "It was sent again with the same caller reference, so nothing was made twice."
	case atOnce && c.Operation == "RequestCertificate":
		return text + "It was sent again with the same idempotency token, so nothing was made twice."
	case atOnce:
		return text + "It was sent again."
	case again:
		return text + "It was sent again after a look at what was there."
	case made:
		return text + "What it made was found again, and nothing was made twice."
	}
	return text + "A look showed that it had been carried out."
}

// expected is about looks that found nothing, as they should: before something was made,
// or after it was deleted.
func expected(calls []setup.Call) []string {
	var told, ops []string
	for i, c := range calls {
		if c.Write || c.Status != http.StatusNotFound || slices.Contains(ops, c.Operation) {
			continue
		}
		done := func(prefix string) func(setup.Call) bool {
			return func(o setup.Call) bool {
				return o.Write && o.Status >= 200 && o.Status < 300 && strings.HasPrefix(o.Operation, prefix)
			}
		}
		switch {
		case slices.ContainsFunc(calls[i+1:], done("Create")):
			told = append(told, c.Operation+" answered 404, as expected: it was not made yet.")
		case slices.ContainsFunc(calls[:i], done("Delete")):
			told = append(told, c.Operation+" answered 404, as expected: it shows that it is gone.")
		default:
			continue
		}
		ops = append(ops, c.Operation)
	}
	return told
}
