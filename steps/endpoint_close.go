package steps

import (
	"context"
	"maps"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// closedRow is the row of an endpoint that is closed now and has none: it is ours if
// another setup of this installation has closed it, so that the last one of them opens
// it. Otherwise it was closed before, and stays closed.
func (e *Env) closedRow(ctx context.Context, p endpoint) (setup.Resource, error) {
	r := p.row()
	others, err := e.closers(ctx, r)
	r.Owned, r.Attributes[attrTaken] = len(others) > 0, takenFound
	return r, err
}

// closers are the names of other setups that want the endpoint closed.
func (e *Env) closers(ctx context.Context, r setup.Resource) ([]string, error) {
	if e.Closes == nil {
		return nil, nil
	}
	return e.Closes(ctx, r.Key, r.Region)
}

// endpointRow is the stored row of an endpoint, with the stages of now.
func (e *Env) endpointRow(p endpoint) (setup.Resource, bool) {
	row, ok := e.known(p.row())
	if ok {
		row.Attributes = maps.Clone(row.Attributes)
		maps.Copy(row.Attributes, p.row().Attributes)
		delete(row.Attributes, setup.AttrOpening)
		delete(row.Attributes, setup.AttrLeft)
	}
	return row, ok
}

// unfinished says whether the API was told to close the endpoint, and no stage was
// updated since.
func unfinished(r setup.Resource) bool {
	return r.Attributes[setup.AttrKind] == string(setup.APIKindREST) && r.Attributes[attrTaken] == ""
}

func observeEndpoints(ctx context.Context, e *Env) (Observation, error) {
	list := endpointsOf(e.Setup.Spec)
	o := ready("")
	var names, later []string
	for _, p := range list {
		closed, known, err := p.closed(ctx, e, e.Account)
		if err != nil {
			return o, err
		}
		row, ours := e.endpointRow(p)
		switch {
		case !known: // the step that maps the paths says so
			continue
		case !closed:
			o.Changes = append(o.Changes, setup.Change{Field: endpointField + p.api, Is: "false", Want: "true"})
			undeployed, err := p.undeployed(ctx, e.Account)
			if err != nil {
				return o, err
			}
			for _, stage := range undeployed {
				later = append(later, stage+" of "+p.called())
			}
		case !ours:
			if row, err = e.closedRow(ctx, p); err != nil {
				return o, err
			}
			if err := e.keep(ctx, row); err != nil {
				return o, err
			}
			continue
		case unfinished(row):
		default:
			if err := e.keep(ctx, row); err != nil {
				return o, err
			}
			continue
		}
		names = append(names, p.called())
	}
	if len(names) > 0 {
		o.State = Drifted
		o.Summary = "Closes the default endpoint of " + firstOf(names) + ": who calls it directly gets 403, at all stages"
		if len(later) > 0 {
			o.Summary += ". Stage " + firstOf(later) + " stays open until its team deploys it"
		}
		return o, nil
	}
	return e.closedFromOutside(ctx, list)
}

// closedFromOutside asks whether default endpoints refuse callers. Checks by schedule
// do not: they go by what the APIs say.
func (e *Env) closedFromOutside(ctx context.Context, list []endpoint) (Observation, error) {
	all := "Closed: " + setup.Count(len(list), "default endpoint")
	if e.DryRun || !e.Gentle.sockets() {
		return ready(all), nil
	}
	rungs := []setup.Rung{setup.RungAPI}
	if e.Terms == nil { // in a check another look asks there
		rungs = append(rungs, setup.RungRegional)
	}
	doors, err := askDoors(ctx, e, doorsAsked(e), rungs...)
	if err != nil {
		return Observation{}, err
	}
	o := ready("")
	var shut []string
	for _, p := range list {
		for _, d := range doors {
			if d.APIID != p.api {
				continue
			}
			host := apiHost(e.Setup.Spec, d.Mapping)
			switch probe.Opens(d.own) {
			case setup.No:
				shut = append(shut, host+" (stage "+d.Stage+")")
			case setup.Yes:
				lines, err := e.waitsForDeployment(ctx, p, d.Stage)
				if err != nil {
					return o, err
				}
				if lines == "" {
					return e.stillOpen(p, d.Stage, host), nil
				}
				o.Remark = true
				o.add(host + " still answers at stage " + d.Stage + ", until its team deploys it: " + lines + ".")
			default:
				return e.notSeen(p, host, d.own), nil
			}
		}
	}
	if len(shut) > 0 {
		o.Summary = strings.TrimSpace("403 from outside: " + firstOf(shut) + ". " + o.Summary)
	}
	regional, past := regionalWords(e, doors)
	o.add(regional)
	o.Remark = o.Remark || past
	if o.Summary == "" {
		o.Summary = all
	}
	return o, nil
}

// waitsForDeployment is the line by which a stage takes over that the endpoint is
// closed, where only its team is to do that: a deployment publishes everything that
// was changed. "" if it has taken it over by itself, or will.
func (e *Env) waitsForDeployment(ctx context.Context, p endpoint, stage string) (string, error) {
	row, _ := e.known(p.row())
	if p.kind == setup.APIKindREST {
		if row.Attributes[attrTaken] != takenFound {
			return "", nil
		}
		return setup.ShellLine("aws", "apigateway", "create-deployment", "--region", p.region, "--rest-api-id", p.api, "--stage-name", stage), nil
	}
	one := p
	one.stages = []string{stage}
	undeployed, err := one.undeployed(ctx, e.Account)
	if err != nil || len(undeployed) == 0 {
		return "", err
	}
	return setup.ShellLine("aws", "apigatewayv2", "create-deployment", "--region", p.region, "--api-id", p.api, "--stage-name", stage), nil
}

// stillOpen is an endpoint that API Gateway was told to close and that answers.
func (e *Env) stillOpen(p endpoint, stage, host string) Observation {
	o := pending(host + " still answers at stage " + stage)
	o.Problem = problem(
		"The default endpoint of "+p.called()+" is still open.",
		"API Gateway says that it is closed, and "+host+" answers at stage "+stage+".",
		"Check that all that was changed in the API may be published, deploy it to the stage "+stage+", then re-run this step.",
	)
	return o
}

// notSeen is an endpoint of which the look from outside told nothing.
func (e *Env) notSeen(p endpoint, host string, seen []setup.Evidence) Observation {
	why := "No answer came."
	for _, s := range seen {
		if s.Error != "" {
			why = "No answer came: " + setup.Clip(s.Error, 160) + "."
		} else if s.Status != 0 {
			why = "The answers do not tell a closed endpoint from an API that refuses the caller."
		}
	}
	o := pending("Whether " + host + " is closed was not seen")
	o.Problem = problem("Whether the default endpoint of "+p.called()+" is closed is not known.", why,
		"Check that this server reaches "+host+", then re-run this step.")
	return o
}

// applyEndpoints closes what is open. The row is stored first, so that it is known what
// was open before.
func applyEndpoints(ctx context.Context, e *Env) error {
	for _, p := range endpointsOf(e.Setup.Spec) {
		closed, known, err := p.closed(ctx, e, e.Account)
		if err != nil {
			return err
		}
		row, ours := e.endpointRow(p)
		if !known || closed && (!ours || !unfinished(row)) {
			continue
		}
		if !ours {
			row = p.row()
			row.Owned = true
		}
		if !closed {
			delete(row.Attributes, attrTaken)
			if err := e.keep(ctx, row); err != nil {
				return err
			}
			if err := p.set(ctx, e, e.Account, true); err != nil {
				return err
			}
		}
		if err := p.touch(ctx, e.Account); err != nil {
			return err
		}
		row, _ = e.endpointRow(p)
		row.Attributes[attrTaken] = e.stamp()
		if err := e.keep(ctx, row); err != nil {
			return err
		}
	}
	return nil
}
