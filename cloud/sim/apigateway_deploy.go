package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// setExecute stores whether the default endpoint of an API is closed (rule V37).
// Callers see the change once a stage takes it over. A stage of an HTTP API with
// automatic deployments does so by itself.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-disable-default-endpoint.html
func (a *api) setExecute(closed bool) {
	if a.DisableExecute == closed {
		return
	}
	a.DisableExecute = closed
	a.Stages = maps.Clone(a.Stages)
	for name, st := range a.Stages {
		changed := *st
		changed.Behind = !st.Behind && (a.Kind != "HTTP" || !st.autoDeploys())
		a.Stages[name] = &changed
	}
}

// takeOver lets callers of a stage see what the API says of its default endpoint.
// AWS's page for REST APIs says "any setting on any stage", so all stages of such
// an API take it over at once; the other pages speak of the stage that is deployed.
func (a *api) takeOver(stage string) {
	for name, st := range a.Stages {
		if name == stage || a.Kind == "REST" {
			st.Behind = false
		}
	}
}

// closedAt says whether callers of a stage by the API's own name are refused.
func (a *api) closedAt(stage string) bool {
	st := a.Stages[stage]
	return a.DisableExecute != (st != nil && st.Behind)
}

func (st *stage) autoDeploys() bool { return st.Name == "$default" }

func (st *stage) deployment() string {
	if st.Deployment != "" {
		return st.Deployment
	}
	return "dep" + st.Name
}

// deployments are the IDs of the deployments of an API.
func (a *api) deployments() []string {
	list := slices.Clone(a.Deployments)
	for name := range a.Stages {
		list = append(list, "dep"+name)
	}
	return list
}

// updateStageV1 answers UpdateStage of v1: the deployment and the description. Any
// of them makes the stage take over what the API says of its default endpoint.
func (s *Sim) updateStageV1(req *request) (answer, error) {
	a, err := s.findAPI(req, true)
	if err != nil {
		return answer{}, err
	}
	st, ok := a.Stages[req.arg("stage")]
	if !ok {
		return answer{}, gatewayNotFound("Invalid stage identifier specified")
	}
	var in patch
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	changed := *st
	for _, op := range in.Operations {
		if op.Op != "replace" {
			return answer{}, invalidPatch(op)
		}
		switch op.Path {
		case "/deploymentId":
			if !slices.Contains(a.deployments(), op.Value) {
				return answer{}, badRequest("Invalid deployment identifier specified")
			}
			if changed.Deployment = op.Value; op.Value == "dep"+st.Name {
				changed.Deployment = ""
			}
		case "/description":
			changed.Description = op.Value
		default:
			return answer{}, notModelled("the patch path %s of UpdateStage", op.Path)
		}
	}
	if *st = changed; len(in.Operations) > 0 {
		a.takeOver(st.Name)
	}
	return jsonAnswer(http.StatusOK, writeStageV1(st))
}

// deploymentV1 and deploymentV2 are a deployment as the versions show it.
type deploymentV1 struct {
	ID          string `json:"id"`
	Description string `json:"description,omitempty"`
	CreatedDate int64  `json:"createdDate"`
}

type deploymentV2 struct {
	ID          string `json:"deploymentId"`
	Description string `json:"description,omitempty"`
	CreatedDate string `json:"createdDate"`
	Status      string `json:"deploymentStatus"`
	Auto        bool   `json:"autoDeployed"`
}

// createDeploymentV1 answers CreateDeployment of v1 for a stage that exists.
func (s *Sim) createDeploymentV1(req *request) (answer, error) {
	id, description, err := s.deploy(req, true)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusCreated, deploymentV1{id, description, epochSeconds(s.now())})
}

// createDeploymentV2 answers CreateDeployment of v2 for a stage that exists.
func (s *Sim) createDeploymentV2(req *request) (answer, error) {
	id, description, err := s.deploy(req, false)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusCreated, deploymentV2{ID: id, Description: description, CreatedDate: isoTime(s.now()), Status: "DEPLOYED"})
}

// deploy makes the deployment that a call asks for, and points its stage at it. Both
// versions name the members of the call alike.
func (s *Sim) deploy(req *request, v1 bool) (id, description string, err error) {
	a, err := s.findAPI(req, v1)
	if err != nil {
		return "", "", err
	}
	var in struct {
		Stage       string `json:"stageName"`
		Description string `json:"description"`
	}
	if err := decodeJSON(req, &in); err != nil {
		return "", "", err
	}
	st, ok := a.Stages[in.Stage]
	if !ok {
		return "", "", notModelled("CreateDeployment without a stage that exists")
	}
	id = strings.ToLower(s.newID("", 6))
	st.Deployment, a.Deployments = id, append(a.Deployments, id)
	a.takeOver(in.Stage)
	return id, in.Description, nil
}
