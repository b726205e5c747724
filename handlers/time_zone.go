package handlers

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones wherever the program runs, also where the system has none

	"apifront/web"
)

// zoneNames are the zones to choose from: the names in zone.tab of the tz
// database, one for each place, and UTC. Older names for the same places are
// understood and not offered.
//
//go:embed zones.txt
var zoneNames string

// olderZoneNames are the other names of the tz database, most of them from its
// file "backward". Browsers still say some of them, such as Asia/Calcutta.
//
//go:embed zones_older.txt
var olderZoneNames string

// knownZones says which names are looked up at all. Go would also find
// "America/./New_York" and whatever else leads to the same file.
var knownZones = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for _, name := range append(strings.Fields(zoneNames), strings.Fields(olderZoneNames)...) {
		known[name] = true
	}
	return known
})

// zones keeps the zones that were read, by name. It holds names of knownZones
// only, so what strangers send does not make it grow.
var zones sync.Map

// Zone is the zone with a name of the tz database; nil if there is none.
func Zone(name string) *time.Location {
	if !knownZones()[name] {
		return nil
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location) //nolint:forcetypeassert // nothing else is stored
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, loc)
	return loc
}

// zoneCookie is where the script of a page says which zone its browser is in.
const zoneCookie = "tz"

// BrowserZone is the zone of the request's browser; nil if it does not say.
func BrowserZone(r *http.Request) *time.Location {
	c, err := r.Cookie(zoneCookie)
	if err != nil {
		return nil
	}
	return Zone(c.Value)
}

// Times is the page's clock in the viewer's time zone: the one that the user
// chose, or the browser's, or the server's.
func (s *Server) Times(r *http.Request) web.Times {
	now := s.Now()
	t := web.Times{Now: now, Loc: now.Location()}
	if loc := BrowserZone(r); loc != nil {
		t.Loc = loc
	}
	if u, ok := User(r.Context()); ok {
		if loc := Zone(u.TimeZone); loc != nil {
			t.Loc = loc
		}
	}
	return t
}

// timeZonePage offers the zones.
func (s *Server) timeZonePage(w http.ResponseWriter, r *http.Request) error {
	return s.showTimeZone(w, r, http.StatusOK, LocalPath(pathOf(r.Referer())), "")
}

func (s *Server) showTimeZone(w http.ResponseWriter, r *http.Request, status int, next, errText string) error {
	u, _ := User(r.Context())
	times := s.Times(r)
	v := web.TimeZoneView{Next: next, Error: errText, Zone: times.Zone(), Now: times.Minute(times.Now), Browser: "As the browser says"}
	if loc := BrowserZone(r); loc != nil {
		v.Browser += " (" + loc.String() + ")"
	} else {
		server := web.Times{Now: times.Now, Loc: times.Now.Location()}
		v.Browser += ", or else " + server.Zone()
	}
	names := strings.Fields(zoneNames)
	if Zone(u.TimeZone) != nil && !slices.Contains(names, u.TimeZone) {
		names = append(names, u.TimeZone)
		slices.Sort(names)
	}
	for _, name := range names {
		area, place, ok := strings.Cut(name, "/")
		if !ok {
			area, place = "Everywhere", name
		}
		o := web.Option{Value: name, Text: strings.ReplaceAll(place, "_", " "), Chosen: name == u.TimeZone}
		if n := len(v.Areas); n == 0 || v.Areas[n-1].Name != area {
			v.Areas = append(v.Areas, web.ZoneArea{Name: area})
		}
		last := &v.Areas[len(v.Areas)-1]
		last.Zones = append(last.Zones, o)
	}
	title := "Time zone"
	if errText != "" {
		title = "Error: " + title
	}
	return s.Render(w, r, status, web.TimeZone(s.Frame(r, title, ""), v))
}

// timeZone keeps the zone in which a user reads times.
func (s *Server) timeZone(w http.ResponseWriter, r *http.Request) error {
	u, _ := User(r.Context())
	zone, next := r.PostFormValue("zone"), LocalPath(r.PostFormValue("next"))
	if zone != "" && Zone(zone) == nil {
		return s.showTimeZone(w, r, http.StatusUnprocessableEntity, next, "There is no time zone "+Clip(zone, 40)+". Choose one of the list")
	}
	if err := s.Store.SetTimeZone(r.Context(), u.ID, zone); err != nil {
		return fmt.Errorf("set time zone: %w", err)
	}
	return SeeOther(w, r, next)
}
