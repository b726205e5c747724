package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// readOrders reads one JSON object of a control request, or an array of them.
func readOrders[T any](r *http.Request) ([]T, error) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(nil, r.Body, bodyLimit)); err != nil {
		return nil, err
	}
	raw := bytes.TrimSpace(body.Bytes())
	if !bytes.HasPrefix(raw, []byte("[")) {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}
	var out []T
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(&out)
	return out, err
}

// each carries out the orders of a control request, until one is refused.
func each[T any](r *http.Request, do func(T) error) answer {
	orders, err := readOrders[T](r)
	for i := 0; i < len(orders) && err == nil; i++ {
		err = do(orders[i])
	}
	if err != nil {
		return plain(http.StatusBadRequest, err.Error())
	}
	return plain(http.StatusOK, "set")
}

// controlWorld answers the part of /_sim/ that changes what visitors meet; false
// for any other.
func (s *Sim) controlWorld(r *http.Request, what string) (answer, bool) {
	switch what {
	case "GET sites":
		return controlJSON(s.Sites()), true
	case "POST sites":
		return each(r, s.AddSite), true
	case "POST apis":
		return each(r, func(in struct {
			ID string `json:"id"`
			API
		},
		) error {
			found, err := s.ChangeAPI(in.ID, in.API)
			if err == nil && !found {
				err = fmt.Errorf("there is no API %s", in.ID)
			}
			return err
		}), true
	case "POST blocks":
		return each(r, s.AddBlock), true
	case "DELETE blocks":
		s.RemoveBlocks(r.URL.Query().Get("resource"))
		return plain(http.StatusOK, "removed"), true
	case "POST functions":
		return each(r, func(in struct {
			Account string `json:"account"`
			Name    string `json:"name"`
			Answer
		},
		) error {
			_, err := s.AddFunction(in.Account, in.Name, in.Answer)
			return err
		}), true
	case "POST callers":
		return each(r, func(in struct {
			Distribution string `json:"distribution"`
			PerMinute    int    `json:"per_minute"`
		},
		) error {
			return s.SetCallers(in.Distribution, in.PerMinute)
		}), true
	case "POST visitors":
		return each(r, func(in struct {
			Country string `json:"country"`
		},
		) error {
			return s.SetCountry(in.Country)
		}), true
	default:
		return answer{}, false
	}
}
