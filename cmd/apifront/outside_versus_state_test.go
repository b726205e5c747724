//go:build outside

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"apifront/cloud/sim"
)

// A frontDoor is what somebody left behind, without the names that AWS chose.
type frontDoor struct {
	State        sim.State // certificates, domains and zones
	Distribution map[string]any
	Records      []string // at the name
	Answer       int      // to a visitor
}

// frontDoor reads what is there, as /_sim/state shows it and as AWS's own API does.
func (j *judged) frontDoor(name string) (f frontDoor) {
	j.t.Helper()
	ctx := context.Background()
	f.State = j.sim.State()
	for i, c := range f.State.Certificates {
		f.State.Certificates[i].ARN = region(c.ARN)
	}
	slices.SortStableFunc(f.State.Certificates, func(a, b sim.StateCertificate) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	f.State.APIs = nil // nobody makes any
	for i, d := range f.State.Domains {
		f.State.Domains[i].Target = "target"
		for k, m := range d.Mappings {
			f.State.Domains[i].Mappings[k] = strings.ReplaceAll(m, j.world.APIs[versusAPI], versusAPI)
		}
	}
	for i := range f.State.Zones {
		f.State.Zones[i].ID = ""
	}
	slices.SortStableFunc(f.State.Zones, func(a, b sim.StateZone) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	if len(f.State.Distributions) != 1 {
		j.t.Fatalf("there are distributions %v, want one", f.State.Distributions)
	}
	id := f.State.Distributions[0]
	f.State.Distributions[0] = "distribution"
	out, err := cloudfront.NewFromConfig(j.config("us-east-1")).GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
	if err != nil {
		j.t.Fatal(err)
	}
	d := out.Distribution
	d.DistributionConfig.CallerReference = nil
	d.DistributionConfig.ViewerCertificate.ACMCertificateArn = aws.String(region(aws.ToString(d.DistributionConfig.ViewerCertificate.ACMCertificateArn)))
	for i := range d.DistributionConfig.Origins.Items {
		d.DistributionConfig.Origins.Items[i].DomainName = aws.String("target")
	}
	text, err := json.Marshal(d.DistributionConfig)
	if err != nil {
		j.t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f.Distribution); err != nil {
		j.t.Fatal(err)
	}
	f.Distribution = without(f.Distribution).(map[string]any)
	if c, ok := f.Distribution["ViewerCertificate"].(map[string]any); ok {
		delete(c, "Certificate") // deprecated: AWS repeats the ARN in it
	}
	f.Distribution["Status"] = aws.ToString(d.Status)
	f.Records = j.recordsAt(name, aws.ToString(d.DomainName))
	answer, err := j.visit("https://" + name + "/orders")
	if err != nil {
		j.t.Fatal(err)
	}
	f.Answer = answer.Status
	return f
}

// recordsAt are the records of the name and of what is below it.
func (j *judged) recordsAt(name, front string) (list []string) {
	j.t.Helper()
	zone := j.world.Zones[versusZone]
	out, err := route53.NewFromConfig(j.config("us-east-1")).ListResourceRecordSets(context.Background(), &route53.ListResourceRecordSetsInput{HostedZoneId: &zone})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, r := range out.ResourceRecordSets {
		if !strings.HasSuffix(aws.ToString(r.Name), name+".") {
			continue
		}
		line := fmt.Sprintf("%s %s %d", aws.ToString(r.Name), r.Type, aws.ToInt64(r.TTL))
		for _, v := range r.ResourceRecords {
			line += " " + strings.TrimSuffix(aws.ToString(v.Value), ".")
		}
		if a := r.AliasTarget; a != nil {
			line += " alias of " + strings.TrimSuffix(strings.ReplaceAll(aws.ToString(a.DNSName), front, "the distribution"), ".")
		}
		list = append(list, line)
	}
	return list
}

// without is a JSON document without what is empty, zero or off, which tools
// write or leave out as they like, and with its lists of words in order.
func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if inner = without(inner); inner == nil {
				delete(v, k)
			} else {
				v[k] = inner
			}
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case []any:
		for i := range v {
			v[i] = without(v[i])
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return v
	case string:
		if v == "" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	}
	return v
}

// region is the region in an ARN.
func region(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 3 {
		return parts[3]
	}
	return arn
}

// watchMemory reads how much memory the processes and all that they start, or
// this process starts if there are none, have resident together. The returned
// function ends it and says the most that was seen, in MB.
func watchMemory(roots []int) (peak func() float64) {
	self := len(roots) == 0
	if self {
		roots = []int{os.Getpid()}
	}
	stop, done := make(chan struct{}), make(chan float64)
	go func() {
		var most float64
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				done <- most
				return
			case <-tick.C:
				most = max(most, resident(roots, self))
			}
		}
	}()
	return func() float64 { close(stop); return <-done }
}

// resident is how much memory the processes and their children have now, in MB.
func resident(roots []int, childrenOnly bool) (mb float64) {
	children := map[int][]int{}
	size := map[int]float64{}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(rest)
		if len(f) < 22 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(f[1])
		pages, _ := strconv.ParseFloat(f[21], 64)
		children[parent] = append(children[parent], pid)
		size[pid] = pages * float64(os.Getpagesize()) / 1e6
	}
	var add func(pid int)
	add = func(pid int) {
		mb += size[pid]
		for _, c := range children[pid] {
			add(c)
		}
	}
	for _, pid := range roots {
		add(pid)
		if childrenOnly {
			mb -= size[pid]
		}
	}
	return mb
}

// report writes the medians down: as metrics, and as the table of
// docs/performance.md.
func report(b *testing.B, least time.Duration, all map[string][]versusRun) {
	b.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "critical path %.2f s; load average %s\n\n", least.Seconds(), load())
	text.WriteString("| | wall time | of the critical path | calls | peak memory | again: time | calls | writes |\n|---|---|---|---|---|---|---|---|\n")
	wall := map[string]float64{}
	for _, who := range contestants(b) {
		of := func(figure func(versusRun) float64) float64 { return median(all[who.name], figure) }
		unit := strings.ReplaceAll(strings.ToLower(who.name), " ", "-")
		wall[who.name] = of(func(r versusRun) float64 { return r.took.Seconds() })
		calls, memory := of(func(r versusRun) float64 { return float64(r.calls) }), of(func(r versusRun) float64 { return r.memory })
		again, againCalls := of(func(r versusRun) float64 { return r.againTook.Seconds() }), of(func(r versusRun) float64 { return float64(r.againCalls) })
		writes := of(func(r versusRun) float64 { return float64(r.againWrites) })
		fmt.Fprintf(&text, "| %s (%s) | %.1f s | %.2f x | %.0f | %.0f MB | %.1f s | %.0f | %.0f |\n",
			who.name, who.version, wall[who.name], wall[who.name]/least.Seconds(), calls, memory, again, againCalls, writes)
		b.ReportMetric(wall[who.name], unit+"-s")
		b.ReportMetric(calls, unit+"-calls")
		b.ReportMetric(memory, unit+"-MB")
		b.ReportMetric(againCalls, unit+"-again-calls")
		b.ReportMetric(writes, unit+"-again-writes")
	}
	b.ReportMetric(wall["apifront"]/least.Seconds(), "x-critical-path")
	for name, s := range wall {
		if name != "apifront" {
			b.ReportMetric(wall["apifront"]/s, "x-"+strings.ReplaceAll(strings.ToLower(name), " ", "-"))
			fmt.Fprintf(&text, "\napifront takes %.2f x the wall time of %s.", wall["apifront"]/s, name)
		}
	}
	b.Log(text.String())
}

func median(all []versusRun, figure func(versusRun) float64) float64 {
	var list []float64
	for _, r := range all {
		list = append(list, figure(r))
	}
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}

// load is the machine's load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
