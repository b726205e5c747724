package setup

// CanMove says whether one more job can lead clients to CloudFront. It can if
// the move was left for later, the distribution exists, and the last job
// succeeded, or the distribution was adopted and there was no job. The caller
// passes the last job that made or changed resources; other kinds of jobs do not
// count.
func (s Spec) CanMove(have Resources, last Job) bool {
	return s.Domain.Switch == SwitchLater && have.Attr(KeyDistribution, AttrDomainName) != "" &&
		(last.State == JobSucceeded || last.ID == 0 && have.Attr(KeyDistribution, AttrAdopted) != "")
}

// TryFirst is a command that asks CloudFront for the name past DNS, so that only it goes
// there: https://curl.se/docs/manpage.html#--connect-to. target is the distribution's
// domain name.
func (s Spec) TryFirst(target string) string {
	host := AnyOf(s.Domain.Name)
	return "curl -i --connect-to " + ShellWord(host+":443:"+target+":443") + " " + ShellWord("https://"+host+s.FirstPath())
}

// FirstPath is the path of the first mapping; "/" without one.
func (s Spec) FirstPath() string {
	if len(s.API.Mappings) == 0 {
		return "/"
	}
	return s.API.Mappings[0].DisplayPath()
}
