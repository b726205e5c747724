package setup

import "testing"

func TestReference(t *testing.T) {
	for _, c := range []struct {
		p           Problem
		name, value string
	}{
		{Problem{}, "", ""},
		{Problem{Ref: "5f1c33b4-5b1e-4f0c-9a64-0c8fe8fd7a55"}, "Request ID", "5f1c33b4-5b1e-4f0c-9a64-0c8fe8fd7a55"},
		{Problem{Ref: "q9Xk==", Ours: "job 3, step live, attempt 1"}, "Request ID", "q9Xk=="},
		{Problem{Ours: "job 3, step live, attempt 1"}, "Reference", "job 3, step live, attempt 1"},
		{Problem{Ours: "7d1f"}, "Reference", "7d1f"},
		{Problem{Ref: "job 3, step live, attempt 1"}, "Reference", "job 3, step live, attempt 1"}, // stored before the field Ours existed
	} {
		if name, value := c.p.Reference(); name != c.name || value != c.value {
			t.Errorf("%+v: %q %q", c.p, name, value)
		}
	}
}
