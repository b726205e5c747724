package setup

// Check judges a whole spec by what is known: each rule of every answer, once.
// It needs no form and asks nobody, so it judges a draft, a start and a spec
// that was made long ago in the same way. Faults come page by page.
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
