package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Whatever the zone, each time of day on a page is that of its datetime there:
// the one that the user chose, or the browser's, or the server's. The stream
// of a job reads its clock from the same place.
func TestTimesAreThoseOfTheViewer(t *testing.T) {
	s := handlerstest.NewJobSite(t)
	job := s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	pages := []string{"/", "/jobs", "/jobs/" + strconv.FormatInt(job, 10), "/setups/" + s.Setup.ID, "/time-zone", "/drafts/" + s.Draft("next.harborview.example", setup.DNSElsewhere).ID + "/account"}
	check := func(zone string) {
		t.Helper()
		loc := s.Store.Now().Location()
		if zone != "" {
			loc = handlers.Zone(zone)
		}
		found := 0
		for _, path := range pages {
			s.Page(path, http.StatusOK).Find("main time").Each(func(_ int, e *goquery.Selection) {
				text := handlerstest.Squash(e.Text())
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
	s.Cookies = append(s.Cookies, &http.Cookie{Name: handlers.ZoneCookie, Value: "Asia/Kathmandu"})
	check("Asia/Kathmandu")
	handlerstest.Contains(t, s.Page("/", http.StatusOK), "header", "Times: Asia/Kathmandu")

	choose := func(zone string) (status int, to string) {
		t.Helper()
		r := s.Request(http.MethodPost, "/time-zone", url.Values{"zone": {zone}, "next": {"/jobs"}}, nil)
		_ = r.Body.Close()
		return r.StatusCode, r.Header.Get("Location")
	}
	if status, to := choose("America/St_Johns"); status != http.StatusSeeOther || to != "/jobs" {
		t.Fatalf("status %d to %q", status, to)
	}
	check("America/St_Johns")
	if v := s.Page("/time-zone", http.StatusOK).Find("#zone option[selected]").AttrOr("value", ""); v != "America/St_Johns" {
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
	s := handlerstest.NewSite(t, nil)
	s.Store.SetClock(func() time.Time { return time.Date(2026, 11, 26, 14, 2, 0, 0, time.UTC) })
	s.User("Mira Okafor", handlerstest.Email)
	s.SignIn(handlerstest.Email)
	for _, value := range []string{"", "Local", "nowhere", "../x", strings.Repeat("Europe/Berlin", 20)} {
		a := s.Do(http.MethodGet, "/time-zone", nil, map[string]string{"Cookie": handlers.ZoneCookie + "=" + value})
		handlerstest.Contains(t, a.Doc, "#zone-h", "Now UTC, where it is 14:02.")
	}
}

// Every zone on offer is one, in order, and once.
func TestZonesOnOffer(t *testing.T) {
	t.Parallel()
	names := handlers.ZoneNames()
	if len(names) < 400 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%d zones, sorted and once: %v", len(names), slices.IsSorted(names))
	}
	for _, name := range names {
		if handlers.Zone(name) == nil {
			t.Errorf("there is no zone %s", name)
		}
	}
	// What browsers and users' choices may still say.
	for _, name := range append(handlers.OlderZones(), "Asia/Katmandu", "Asia/Calcutta", "Europe/Kiev", "Etc/GMT+3", "US/Pacific") {
		if slices.Contains(names, name) || handlers.Zone(name) == nil {
			t.Errorf("the older name %s is on offer, or not understood", name)
		}
	}
}

// A stranger can write the name of a zone in endlessly many ways. Whatever is
// sent, only names of the tz database are kept, and the rest is no zone.
func TestZonesThatAStrangerWrites(t *testing.T) {
	s := handlerstest.NewSite(t, nil)
	before := handlers.CountZones()
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
		if loc := handlers.Zone(name); loc != nil {
			t.Fatalf("%s is a zone, %s", name, loc)
		}
		if i%400 == 0 { // all the way from the cookie
			s.Do(http.MethodGet, "/sign-in", nil, map[string]string{"Cookie": handlers.ZoneCookie + "=" + name})
		}
	}
	if after := handlers.CountZones(); after > before {
		t.Errorf("%d zones are kept, %d before", after, before)
	}
	for _, name := range []string{"america/new_york", "AMERICA/NEW_YORK", "Factory", "Local", " UTC", "UTC/", "posixrules", "zone.tab"} {
		if handlers.Zone(name) != nil {
			t.Errorf("%q is a zone", name)
		}
	}
}
