package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/setup"
)

// Whatever the zone, each time of day on a page is that of its datetime there:
// the one that the user chose, or the browser's, or the server's. The stream
// of a job reads its clock from the same place.
func TestTimesAreThoseOfTheViewer(t *testing.T) {
	s := newJobSite(t)
	job := s.start(setup.JobApply, setup.JobInput{})
	s.toMappings()
	pages := []string{"/", "/jobs", "/jobs/" + strconv.FormatInt(job, 10), "/setups/" + s.setup.ID, "/time-zone", "/drafts/" + s.draft("next.harborview.example", setup.DNSElsewhere).ID + "/account"}
	check := func(zone string) {
		t.Helper()
		loc := s.server.Now().Location()
		if zone != "" {
			loc = Zone(zone)
		}
		found := 0
		for _, path := range pages {
			s.page(path, http.StatusOK).Find("main time").Each(func(_ int, e *goquery.Selection) {
				text := squash(e.Text())
				if !strings.Contains(text, ":") {
					return
				}
				at, err := time.Parse(time.RFC3339, e.AttrOr("datetime", ""))
				if err != nil {
					t.Errorf("%s: %s has datetime %q", path, text, e.AttrOr("datetime", ""))
					return
				}
				found++
				if want := at.In(loc).Format("15:04"); !strings.Contains(text, want) {
					t.Errorf("%s in %s shows %s for %s, want %s", path, loc, text, e.AttrOr("datetime", ""), want)
				}
			})
		}
		if found < 4 {
			t.Errorf("in %s only %d times were found", loc, found)
		}
	}
	check("")
	s.cookies = append(s.cookies, &http.Cookie{Name: zoneCookie, Value: "Asia/Kathmandu"})
	check("Asia/Kathmandu")
	contains(t, s.page("/", http.StatusOK), "header", "Times: Asia/Kathmandu")

	choose := func(zone string) (status int, to string) {
		t.Helper()
		r := s.request(http.MethodPost, "/time-zone", url.Values{"zone": {zone}, "next": {"/jobs"}}, nil)
		_ = r.Body.Close()
		return r.StatusCode, r.Header.Get("Location")
	}
	if status, to := choose("America/St_Johns"); status != http.StatusSeeOther || to != "/jobs" {
		t.Fatalf("status %d to %q", status, to)
	}
	check("America/St_Johns")
	if v := s.page("/time-zone", http.StatusOK).Find("#zone option[selected]").AttrOr("value", ""); v != "America/St_Johns" {
		t.Errorf("chosen is %q", v)
	}
	for _, bad := range []string{"Mars/Olympus", "Local", "../../etc/passwd", strings.Repeat("a", 70)} {
		if status, _ := choose(bad); status != http.StatusUnprocessableEntity {
			t.Errorf("zone %.20q: status %d", bad, status)
		}
	}
	check("America/St_Johns")
	if status, _ := choose(""); status != http.StatusSeeOther {
		t.Fatalf("no choice: status %d", status)
	}
	check("Asia/Kathmandu")
}

// A cookie that names no zone counts as none.
func TestACookieWithoutAZone(t *testing.T) {
	s := newWizardSite(t, nil)
	s.store.SetClock(func() time.Time { return time.Date(2026, 11, 26, 14, 2, 0, 0, time.UTC) })
	s.user("Mira Okafor", testEmail)
	s.signIn(testEmail)
	for _, value := range []string{"", "Local", "nowhere", "../x", strings.Repeat("Europe/Berlin", 20)} {
		a := s.do(http.MethodGet, "/time-zone", nil, map[string]string{"Cookie": zoneCookie + "=" + value})
		contains(t, a.doc, "#zone-h", "Now UTC, where it is 14:02.")
	}
}

// Every zone on offer is one, in order, and once.
func TestZonesOnOffer(t *testing.T) {
	t.Parallel()
	names := strings.Fields(zoneNames)
	if len(names) < 400 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%d zones, sorted and once: %v", len(names), slices.IsSorted(names))
	}
	for _, name := range names {
		if Zone(name) == nil {
			t.Errorf("there is no zone %s", name)
		}
	}
	// What browsers and users' choices may still say.
	for _, name := range append(strings.Fields(olderZoneNames), "Asia/Katmandu", "Asia/Calcutta", "Europe/Kiev", "Etc/GMT+3", "US/Pacific") {
		if slices.Contains(names, name) || Zone(name) == nil {
			t.Errorf("the older name %s is on offer, or not understood", name)
		}
	}
}

// A stranger can write the name of a zone in endlessly many ways. Whatever is
// sent, only names of the tz database are kept, and the rest is no zone.
func TestZonesThatAStrangerWrites(t *testing.T) {
	s := newWizardSite(t, nil)
	count := func() (n int) {
		zones.Range(func(any, any) bool { n++; return true })
		return n
	}
	before := count()
	ways := []string{"./", "/", "../America/", ".//", "././"}
	for i := range 40_000 {
		var path strings.Builder
		for n := i; n > 0; n /= len(ways) {
			path.WriteString(ways[n%len(ways)])
		}
		if i == 0 {
			path.WriteString("./")
		}
		name := "America/" + path.String() + "New_York"
		if loc := Zone(name); loc != nil {
			t.Fatalf("%s is a zone, %s", name, loc)
		}
		if i%400 == 0 { // all the way from the cookie
			s.do(http.MethodGet, "/sign-in", nil, map[string]string{"Cookie": zoneCookie + "=" + name})
		}
	}
	if after := count(); after > before {
		t.Errorf("%d zones are kept, %d before", after, before)
	}
	for _, name := range []string{"america/new_york", "AMERICA/NEW_YORK", "Factory", "Local", " UTC", "UTC/", "posixrules", "zone.tab"} {
		if Zone(name) != nil {
			t.Errorf("%q is a zone", name)
		}
	}
}
