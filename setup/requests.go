package setup

import (
	"fmt"
	"slices"
	"time"
)

// Requests is what CloudWatch has counted of the paths that a change takes out.
type Requests struct {
	From    time.Time    `json:"from"`
	Until   time.Time    `json:"until"`
	Paths   []StageCount `json:"paths,omitempty"`
	Unknown string       `json:"unknown,omitempty"` // why nothing is known, as a sentence; "" if it is
}

// A StageCount is how much reached the stage that a path leads to, by whatever name and
// path: CloudWatch counts stages, not mappings.
type StageCount struct {
	Path     string  `json:"path"` // without slashes at its ends
	API      string  `json:"api"`  // name
	Stage    string  `json:"stage"`
	Kind     APIKind `json:"kind"`
	Requests int64   `json:"requests"`           // of a WebSocket API: new connections
	Messages int64   `json:"messages,omitempty"` // of a WebSocket API alone, to and from callers
	Others   int     `json:"others,omitempty"`   // REST APIs that are counted with it because they have its name
	Gone     bool    `json:"gone,omitempty"`     // the API is not there any more
}

// Out lists the mappings of another answer whose paths are not mapped here.
func (a API) Out(is API) []Mapping {
	var list []Mapping
	for _, m := range is.Mappings {
		if !slices.ContainsFunc(a.Mappings, func(o Mapping) bool { return o.Path == m.Path }) {
			list = append(list, m)
		}
	}
	return list
}

// Words is the sentence for what was counted. Since is how it names the time.
func (c StageCount) Words(since string) string {
	if c.Gone {
		return "The API that it leads to does not exist any more."
	}
	where := "stage " + c.Stage + " of " + c.API
	if c.Others > 0 {
		where = fmt.Sprintf("stage %s of the %d REST APIs named %s", c.Stage, c.Others+1, c.API)
	}
	where += " " + since
	switch {
	case c.Kind == APIKindWebSocket && c.Requests+c.Messages == 0:
		return "No connection and no message reached " + where + "."
	case c.Kind == APIKindWebSocket:
		return many(c.Requests, "new connection") + " and " + many(c.Messages, "message") + " reached " + where + "."
	case c.Requests == 0:
		return "No request reached " + where + "."
	}
	return many(c.Requests, "request") + " reached " + where + "."
}

// None says whether nothing at all was counted.
func (c StageCount) None() bool { return c.Requests+c.Messages == 0 }

func many(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(int(n)) + " " + noun + "s"
}
