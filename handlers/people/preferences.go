package people

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
)

// theme keeps how a user wants the pages to look.
func (s *room) theme(w http.ResponseWriter, r *http.Request) error {
	u, _ := handlers.User(r.Context())
	theme := r.PostFormValue("theme")
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	if err := s.Store.SetTheme(r.Context(), u.ID, theme); err != nil {
		return fmt.Errorf("set theme: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.CameFrom(r))
}

// timeZonePage offers the zones.
func (s *room) timeZonePage(w http.ResponseWriter, r *http.Request) error {
	return s.showTimeZone(w, r, http.StatusOK, handlers.CameFrom(r), "")
}

func (s *room) showTimeZone(w http.ResponseWriter, r *http.Request, status int, next, errText string) error {
	u, _ := handlers.User(r.Context())
	times := s.Times(r)
	v := web.TimeZoneView{Next: next, Error: errText, Zone: times.Zone(), Now: times.Minute(times.Now), Browser: "As the browser says"}
	if loc := handlers.BrowserZone(r); loc != nil {
		v.Browser += " (" + loc.String() + ")"
	} else {
		server := web.Times{Now: times.Now, Loc: times.Now.Location()}
		v.Browser += ", or else " + server.Zone()
	}
	names := handlers.ZoneNames()
	if handlers.Zone(u.TimeZone) != nil && !slices.Contains(names, u.TimeZone) {
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
func (s *room) timeZone(w http.ResponseWriter, r *http.Request) error {
	u, _ := handlers.User(r.Context())
	zone, next := r.PostFormValue("zone"), handlers.LocalPath(r.PostFormValue("next"))
	if zone != "" && handlers.Zone(zone) == nil {
		return s.showTimeZone(w, r, http.StatusUnprocessableEntity, next, "There is no time zone "+setup.Clip(zone, 40)+". Choose one of the list")
	}
	if err := s.Store.SetTimeZone(r.Context(), u.ID, zone); err != nil {
		return fmt.Errorf("set time zone: %w", err)
	}
	return handlers.SeeOther(w, r, next)
}
