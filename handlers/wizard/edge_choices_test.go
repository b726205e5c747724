package wizard

import (
	"slices"
	"testing"

	"apifront/setup"
	"apifront/web"
)

// The page of edge settings offers exactly the values that Check accepts.
func TestPageOffersWhatPasses(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		options []web.Option
		values  []string
	}{
		"caching": {cachingChoices(), setup.Cachings()},
		"methods": {methodChoices(), setup.MethodSets()},
		"viewer":  {viewerChoices(), setup.ViewerProtocols()},
		"tls":     {tlsChoices(), setup.MinimumTLSs()},
		"version": {versionChoices(), setup.HTTPVersions()},
		"where":   {whereChoices(), setup.PriceClasses()},
		"logs":    {logsChoices(), []string{setup.LogsNowhere, setup.LogsBucket, setup.LogsGroup}},
	} {
		var offered []string
		for _, o := range x.options {
			offered = append(offered, o.Value)
		}
		if !slices.Equal(offered, x.values) {
			t.Errorf("%s: the page offers %q, and %q pass", name, offered, x.values)
		}
	}
}
