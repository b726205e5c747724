package probe

import (
	"errors"

	"apifront/setup"
)

// Cut is the zone that the walk led to, as it is stored; its Apex is "" if the
// walk did not leave the root.
func (w Walk) Cut() setup.ZoneCut {
	c := setup.ZoneCut{Direct: w.Direct}
	if w.Broken != nil {
		c.Ends = w.Broken.Error()
	}
	last := w.Last()
	if last == nil {
		return c
	}
	c.Apex, c.Servers = last.Zone, last.Parent
	if above := len(w.Cuts) - 2; above >= 0 {
		c.Parent = w.Cuts[above].Zone
	}
	for _, s := range last.Servers {
		switch {
		case s.Err == nil:
		case s.answered():
			c.Lame = append(c.Lame, s.Name)
		default:
			c.Silent = append(c.Silent, s.Name)
		}
	}
	return c
}

// answered says whether the server gave an answer, be it a refusal.
func (s NameServer) answered() bool {
	failed, ok := errors.AsType[*LookupError](s.Err)
	return s.Err == nil || errors.Is(s.Err, errLame) || ok && failed.Rcode != 0
}
