package setup

import (
	"cmp"
	"slices"
	"strings"
)

// ZonesFor picks the hosted zones that a domain name lies in, closest first:
// the longest match by whole labels comes first, and among zones of one name
// the delegated one. usable zones can take the records. refused zones cannot,
// and their Refused says why.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
func ZonesFor(name string, zones []Zone) (usable, refused []Zone) {
	for _, z := range zones {
		if z.Name == "" || !InZone(name, z.Name) {
			continue
		}
		if _, listed, _ := suffixOf(z.Name); listed && IsRegistry(z.Name) {
			z.Refused, z.State = "Its name is that of a registry: no domain can be led to this zone.", ""
		}
		if z.Refused == "" && z.Private {
			z.Refused = "It is a private zone: only the VPCs it belongs to see its records."
		}
		if z.Refused != "" {
			refused = append(refused, z)
		} else {
			usable = append(usable, z)
		}
	}
	closestFirst := func(a, b Zone) int {
		return cmp.Or(
			cmp.Compare(strings.Count(FoldName(b.Name), "."), strings.Count(FoldName(a.Name), ".")),
			cmp.Compare(delegatedRank(a), delegatedRank(b)),
			cmp.Compare(a.ID, b.ID),
		)
	}
	slices.SortFunc(usable, closestFirst)
	slices.SortFunc(refused, closestFirst)
	return usable, refused
}

// Undelegated says whether the zone is refused only because DNS does not lead to
// it. It can be chosen as soon as its name servers are entered in the zone above.
func (z Zone) Undelegated() bool {
	return z.Refused != "" && !z.Private && (z.State == NotDelegated || z.State == DelegatedElsewhere || z.State == DelegatedLame)
}

func delegatedRank(z Zone) int {
	if z.Delegated {
		return 0
	}
	return 1
}

// Twins says whether another public one of the zones has the same name.
func Twins(z Zone, zones []Zone) bool {
	n := 0
	for _, other := range zones {
		if FoldName(other.Name) == FoldName(z.Name) && !other.Private {
			n++
		}
	}
	return n > 1
}
