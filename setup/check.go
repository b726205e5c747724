package setup

// Check judges a whole spec by the facts that are known. Each rule about an
// answer is applied here, and only here. Check needs no form and asks nobody,
// so it judges a draft, a start and an old spec in the same way. The faults are
// in the order of the pages.
func (s Spec) Check(f Facts) Faults {
	var all Faults
	for _, p := range []struct {
		page  PageID
		check func(*judge, Spec, Facts)
	}{
		{PageAccount, checkAccount},
		{PageAPI, checkAPI},
		{PageDomain, checkDomain},
		{PageCertificates, checkCertificates},
		{PageEdge, checkEdge},
	} {
		j := &judge{page: p.page}
		p.check(j, s, f)
		all = append(all, j.found...)
	}
	return all
}
