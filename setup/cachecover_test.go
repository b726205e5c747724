package setup

import (
	"strings"
	"testing"
)

func coverSpec() Spec {
	s := DefaultSpec()
	s.Domain.Name = "api.harborview.example"
	s.API.Mappings = []Mapping{{Path: "orders"}, {Path: "v1/items"}}
	return s
}

// What a path clears is said before it is sent.
func TestCacheCovers(t *testing.T) {
	for typed, want := range map[string]CacheCover{
		"/*":           {State: CoverRight, Path: "/*", Text: "Everything"},
		"/orders":      {State: CoverRemark, Path: "/orders", Text: "Answers for /orders?page=2 stay", Instead: "/orders*"},
		"/orders*":     {State: CoverRight, Path: "/orders*", Text: "also /orders/1 and /orders-2"},
		"/orders/*":    {State: CoverRight, Path: "/orders/*", Text: "/orders itself stays"},
		"/orders?*":    {State: CoverRight, Path: "/orders?*", Text: "/orders without one stays"},
		"/orders?a=1":  {State: CoverRight, Path: "/orders?a=1", Text: "other query strings stay"},
		"/orders?a=*":  {State: CoverRight, Path: "/orders?a=*", Text: "begins with a=."},
		"/v1/*":        {State: CoverRight, Path: "/v1/*", Text: "All below /v1/"},
		"/order/*":     {State: CoverRemark, Path: "/order/*", More: "No path of this setup begins like that"},
		"/orders/ü*":   {State: CoverRight, Path: "/orders/%C3%BC*", More: "Sent as /orders/%C3%BC*: CloudFront wants"},
		"/~tmp":        {State: CoverWrong, Text: "Enter /* instead of “/~tmp”"},
		"/a*b":         {State: CoverWrong, Text: "at its end"},
		"orders":       {State: CoverWrong, Text: "with a slash"},
		"/orders#list": {State: CoverWrong, Text: "from # on"},
		"https://api.harborview.example/orders?x=1": {State: CoverRight, Path: "/orders?x=1", More: "of an address, only the path counts"},
		"https://shop.harborview.example/orders*":   {State: CoverWrong, Text: "an address of shop.harborview.example"},
	} {
		list := CacheCovers(typed, coverSpec())
		if len(list) != 1 {
			t.Errorf("%s: %+v", typed, list)
			continue
		}
		got := list[0]
		if got.Typed != typed || got.State != want.State || got.Path != want.Path || !strings.Contains(got.Text, want.Text) || !strings.Contains(got.More, want.More) || got.Instead != want.Instead || got.Text == "" {
			t.Errorf("%s:\n%+v, want\n%+v", typed, got, want)
		}
	}
	list := CacheCovers("/orders\n/orders*\n/orders /v1/items/1?x", coverSpec())
	if len(list) != 3 || list[0].State != CoverRemark || list[0].Instead != "" || !strings.Contains(list[0].Text, "/orders* clears it already") || list[1].State != CoverRight || list[2].State != CoverRight {
		t.Errorf("a path that another one clears: %+v", list)
	}
}

// A path is wrong here exactly when it is refused on Clear, and what is sent is
// what was said.
func TestCoversAgreeWithWhatIsSent(t *testing.T) {
	for _, typed := range []string{"/*", "/a /b*", "/a~b", "orders", "/a /b/*/c", "https://api.harborview.example/x?y", "/ü /a%20b /%", "/a#b /c", "/" + strings.Repeat("é", 3000)} {
		var sent []string
		wrong := false
		for _, c := range CacheCovers(typed, coverSpec()) {
			wrong = wrong || c.State == CoverWrong
			if c.Path != "" {
				sent = append(sent, c.Path)
			}
		}
		paths, err := CachePaths(typed)
		if (err != nil) != wrong || err == nil && strings.Join(paths, " ") != strings.Join(sent, " ") {
			t.Errorf("%.30q: covers %q, wrong %t; sent %q, %v", typed, sent, wrong, paths, err)
		}
	}
}

func TestTakeInstead(t *testing.T) {
	got := TakeInstead("/orders /a\r\n/v1/*\n/orders", "/orders", coverSpec())
	if want := "/orders* /a\n/v1/*\n/orders*"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := TakeInstead("/v1/* /b", "/v1/*", coverSpec()); got != "/v1/* /b" {
		t.Errorf("nothing to take, and yet %q", got)
	}
}
