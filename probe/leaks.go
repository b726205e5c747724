package probe

import (
	"cmp"
	"slices"
	"strings"

	"apifront/setup"
)

// A leak is a row of the table of what a cache gives to others.
type leak struct {
	id       string
	guide    string // rows of the project's AWS notes, section F.2
	setting  setup.Setting
	why, fix string // {header} and {path} are replaced
}

// inKey is what helps where a header is missing in the key.
const inKey = "Put {header} into the cache key on the page Edge settings, or leave caching off."

// leaks is the table.
var leaks = []leak{
	{"key-has-no-room", "34", setup.SettingCacheKey,
		"Two requests that differ in what is said to be in the cache key got the same answer.",
		"Compare the cache policy of the distribution with the page Edge settings: somebody may have changed it."},
	{"query-shared", "34", setup.SettingCacheKey,
		"Callers who ask with different query strings get the same kept answer, and the API answers them differently.",
		"Put all query strings into the cache key, or leave caching off."},
	{"credentials-shared", "34 47", setup.SettingCacheKey,
		"A caller without {header} gets the answer that a caller with it was given, or the other way round, and the API answers them differently.", inKey},
	{"credentials-not-in-key", "34 47", setup.SettingCacheKey,
		"The API refuses callers without credentials, and {header} is not in the cache key. A caller without {header} gets the answer that a caller with it was given, as long as it is kept.", inKey},
	{"credentials-ignored", "34 47", setup.SettingCacheKey,
		"Callers with and without {header} get the same kept answer: {header} is not in the cache key. The API answers a made-up one and none alike; a real one it may answer differently.", inKey},
	{"credentials-unsure", "34 47", setup.SettingCacheKey,
		"The API refuses callers without credentials, and {header} is not in the cache key. If {header} is what it asks for, a caller without it may get the answer that a caller with it was given.", inKey},
	{"answers-shared", "34 47", setup.SettingCacheKey,
		"Callers who differ in {header} get the same kept answer, and the API answers them differently.", inKey},
	{"varied-shared", "34 47", setup.SettingCacheKey,
		"Callers who differ in {header} get the same kept answer, and the API says that it answers by it (Vary).", inKey},
	{"preflight-shared", "43 47", setup.SettingCaching,
		"The answer to a preflight request (OPTIONS) is kept, and browsers on other sites get it.",
		"Take OPTIONS out of the cached methods of the distribution (CachedMethods)."},
	{"kept-cookie", "34", setup.SettingCaching,
		"The API sets a cookie with the answer, and CloudFront keeps both: other callers get the cookie.",
		"Let the API set cookies at paths of their own, or leave caching off."},
}

// otherFix is what helps with headers that a person cannot put into the key.
var otherFix = map[string]string{
	"Cookie":          "Leave caching off: cookies are not in the cache key, and this API answers by them.",
	"Accept-Encoding": "Switch compression on on the page Edge settings, which puts Accept-Encoding into the cache key.",
}

// leakID tells the leaks of a row apart by the header.
func leakID(row, header string) string {
	if header == "" || row == "kept-cookie" {
		return row
	}
	return row + "-" + strings.ToLower(header)
}

// shareOf are the kinds of which a person has to accept all before a leak stops
// nothing. Where the cache key is another one than it is said to be, nothing more
// was tested.
func shareOf(row, header string) []string {
	switch {
	case row == "key-has-no-room":
		return setup.SharedKinds()
	case strings.HasPrefix(row, "credentials-"), header == "Authorization", header == "X-Api-Key":
		return []string{setup.SharedCredentials}
	case row == "query-shared":
		return []string{setup.SharedQueries}
	case row == "kept-cookie", header == "Cookie":
		return []string{setup.SharedCookies}
	case header == "Origin":
		return []string{setup.SharedSites}
	}
	return []string{setup.SharedHeaders}
}

// leak notes what is given to others.
func (k *contract) leak(row, header string) { k.note(&k.Leaks, row, header) }

// doubt notes what may be given to others.
func (k *contract) doubt(row, header string) { k.note(&k.Doubts, row, header) }

func (k *contract) note(list *[]setup.Cause, row, header string) {
	i := slices.IndexFunc(leaks, func(l leak) bool { return l.id == row })
	l := leaks[i]
	words := strings.NewReplacer("{header}", header, "{path}", k.Path)
	k.writing.Lock()
	defer k.writing.Unlock()
	*list = append(*list, setup.Cause{
		Symptom: leakID(row, header), Setting: l.setting, Rung: setup.RungDistribution, Paths: []string{k.Path}, Shares: shareOf(row, header),
		Problem: &setup.Problem{
			What: "Kept answers of " + k.Path + " would be given to the wrong callers.",
			Why:  words.Replace(l.why), Fix: words.Replace(cmp.Or(otherFix[header], l.fix)), Code: leakID(row, header),
		},
	})
	slices.SortFunc(*list, func(a, b setup.Cause) int { return strings.Compare(a.Symptom, b.Symptom) })
}

// Leaked are the leaks and the doubts of all paths, each once.
func Leaked(list []Contract) (leaks, doubts []setup.Cause) {
	var sure, unsure causes
	for _, c := range list {
		for _, l := range c.Leaks {
			sure.add(l)
		}
		for _, d := range c.Doubts {
			unsure.add(d)
		}
	}
	return sure.list, unsure.list
}
