//go:build browser

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/chromedp/chromedp"

	"apifront/cloud"
	"apifront/setup"
)

// TestBrowserCheck: somebody changes the distribution in the console, a check says
// so while the page is looked at, and one button puts it back.
func TestBrowserCheck(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "demo")
	s := newScreen(t, d.app.url, 1280, 900)
	s.reviewed("api.harborview.example")
	s.started()
	says := func(limit time.Duration, words string) {
		s.t.Helper()
		s.until(limit, words, func() bool { return strings.Contains(s.text("main"), words) })
	}
	says(90*time.Second, "is served by CloudFront")
	icon := func(name string) {
		s.t.Helper()
		href := s.eval(`[...document.querySelectorAll("link[rel=icon]")].map((l) => l.href).join()`)
		if strings.Count(href, "icon") != 1 || !strings.Contains(href, "/"+name+".") {
			s.t.Errorf("the icon of the tab is %s, want %s", href, name)
		}
	}
	icon("icon-done") // the stream changed it
	s.open("/")
	s.run("open the setup", chromedp.Click(chromedp.CSS("table.fleet td.first a")))
	s.until(10*time.Second, "page of the setup", func() bool { return strings.HasPrefix(s.path(), "/setups/") })
	setupPage := s.path()
	says(60*time.Second, "all right") // the check after the job, without a reload

	account, err := cloud.New(cloud.Settings{Endpoint: d.net.AWSEndpoint, Credentials: credentials.NewStaticCredentialsProvider(d.world.KeyID, d.world.Secret, "")}).Open(t.Context(), setup.DefaultConnection, setup.EdgeRegion, "outside", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := account.CloudFront()
	list, err := c.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	for _, one := range list.DistributionList.Items {
		if one.Aliases == nil || len(one.Aliases.Items) == 0 || one.Aliases.Items[0] != "api.harborview.example" {
			continue
		}
		have, err := c.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: one.Id})
		if err != nil {
			t.Fatal(err)
		}
		have.DistributionConfig.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
		if _, err := c.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: one.Id, IfMatch: have.ETag, DistributionConfig: have.DistributionConfig}); err != nil {
			t.Fatal(err)
		}
		changed = true
	}
	if !changed {
		t.Fatal("there is no distribution of the name")
	}
	time.Sleep(15 * time.Second) // CloudFront's locations follow
	s.press("Check now")
	says(30*time.Second, "http-only becomes https-only")
	s.open(setupPage)
	icon("icon-you") // one check without an answer is no state yet
	if !strings.HasPrefix(s.text("h1"), "api.harborview.example") || s.path() != setupPage {
		t.Errorf("the page is %s: %s", s.path(), s.text("h1"))
	}
	for _, theme := range []string{"light", "dark"} {
		s.emulate(theme, 1280, false)
		s.shot("found-" + theme + "-1280")
	}
	s.emulate("light", 1280, false)
	s.press("Put it back")
	s.until(10*time.Second, "job page", func() bool { return strings.HasPrefix(s.path(), "/jobs/") })
	says(90*time.Second, "Succeeded")
	s.open(setupPage)
	says(60*time.Second, "all right")
	says(5*time.Second, "Serving")
	s.clean()
}
