package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"apifront/web"
)

// theme keeps how a user wants the pages to look.
func (s *Server) theme(w http.ResponseWriter, r *http.Request) error {
	u, _ := User(r.Context())
	theme := r.PostFormValue("theme")
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	if err := s.Store.SetTheme(r.Context(), u.ID, theme); err != nil {
		return fmt.Errorf("set theme: %w", err)
	}
	return SeeOther(w, r, CameFrom(r))
}

// timeZonePage offers the zones.
func (s *Server) timeZonePage(w http.ResponseWriter, r *http.Request) error {
	return s.showTimeZone(w, r, http.StatusOK, CameFrom(r), "")
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
	names := ZoneNames()
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
