package setup

import "testing"

// What was counted is said in numbers, with the stage that it is about.
func TestStageCountWords(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]StageCount{
		"1 request reached stage prod of orders today.":                         {API: "orders", Stage: "prod", Kind: APIKindREST, Requests: 1},
		"1,234,567 requests reached stage $default of catalog today.":           {API: "catalog", Stage: "$default", Kind: APIKindHTTP, Requests: 1234567},
		"No request reached stage prod of orders today.":                        {API: "orders", Stage: "prod", Kind: APIKindREST},
		"61 requests reached stage prod of the 3 REST APIs named orders today.": {API: "orders", Stage: "prod", Kind: APIKindREST, Requests: 61, Others: 2},
		"5 new connections and 1 message reached stage prod of chat today.":     {API: "chat", Stage: "prod", Kind: APIKindWebSocket, Requests: 5, Messages: 1},
		"0 new connections and 7 messages reached stage prod of chat today.":    {API: "chat", Stage: "prod", Kind: APIKindWebSocket, Messages: 7},
		"No connection and no message reached stage prod of chat today.":        {API: "chat", Stage: "prod", Kind: APIKindWebSocket},
		"The API that it leads to does not exist any more.":                     {API: "orders", Stage: "prod", Kind: APIKindREST, Gone: true},
	} {
		if got := c.Words("today"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Out are the mappings whose path is not mapped any more, whatever they lead to.
func TestPathsTakenOut(t *testing.T) {
	t.Parallel()
	is := API{Mappings: []Mapping{{Path: "", APIID: "a"}, {Path: "orders", APIID: "b"}, {Path: "orders/v2", APIID: "c"}}}
	for _, c := range []struct {
		paths []string
		want  int
	}{{[]string{"", "orders", "orders/v2"}, 0}, {[]string{"orders"}, 2}, {[]string{"orders/v2", "new"}, 2}, {nil, 3}} {
		var a API
		for _, p := range c.paths {
			a.Mappings = append(a.Mappings, Mapping{Path: p, APIID: "other"})
		}
		out := a.Out(is)
		if len(out) != c.want {
			t.Errorf("%v: out is %+v", c.paths, out)
		}
		for _, m := range out {
			for _, p := range c.paths {
				if m.Path == p {
					t.Errorf("%v: %q is out", c.paths, p)
				}
			}
		}
	}
}
