package handlers

import (
	_ "embed"
	"net/http"
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

// ZoneNames are the zones to choose from.
func ZoneNames() []string { return strings.Fields(zoneNames) }

// olderZoneNames are the other names of the tz database, most of them from its
// file "backward". Browsers still say some of them, such as Asia/Calcutta.
//
//go:embed zones_older.txt
var olderZoneNames string

// knownZones are the only names that are looked up. Go would also find
// "America/./New_York", and every other path to the same file.
var knownZones = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for _, name := range append(ZoneNames(), strings.Fields(olderZoneNames)...) {
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
