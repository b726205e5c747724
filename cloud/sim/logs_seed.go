package sim

import (
	"maps"
	"slices"
)

// AddBucket makes a bucket of S3. Its policy lets no logs in yet.
func (s *Sim) AddBucket(accountID, region, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = &bucket{Name: name, Account: accountID, Region: region}
	s.changed()
}

// RemoveBucket takes a bucket away, with what is in it.
func (s *Sim) RemoveBucket(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets, name)
	s.changed()
}

// AddLogGroup makes a log group of CloudWatch Logs.
func (s *Sim) AddLogGroup(accountID, region, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.region(accountID, region).logs.Groups[name] = &logGroup{Name: name}
	s.changed()
}

// OpenedTo are the buckets and log groups whose policies let logs in, sorted. A bucket
// has the account and the path behind it.
func (s *Sim) OpenedTo() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, b := range s.buckets {
		for _, way := range b.Delivers {
			list = append(list, b.Name+" "+way)
		}
	}
	for _, r := range s.regions {
		for _, name := range slices.Sorted(maps.Keys(r.logs.Groups)) {
			if r.logs.Groups[name].Delivers {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return list
}
