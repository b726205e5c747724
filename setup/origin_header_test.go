package setup

import "testing"

func TestReadOriginHeader(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"x-origin-verify": "x-origin-verify", " X-Front ": "x-front", "X-1a": "x-1a"} {
		if name, ok := ReadOriginHeader(typed); name != want || !ok {
			t.Errorf("%q is %q, %v", typed, name, ok)
		}
	}
	for _, typed := range []string{
		"", "x-", "x-a", "host", "authorization", "cookie", "x-amz-date", "X-Amzn-Trace-Id", "x-edge-location", "x-real-ip", "x-forwarded-for", "x-http-method-override",
		"x-method-override", "x-api-key", "x origin", "x-origin:", "x-origin\r\nhost", "x-\u00e4pi", "x_front",
		"x-0123456789012345678901234567890123456789012345678901234567890123456789",
	} {
		if name, ok := ReadOriginHeader(typed); ok {
			t.Errorf("%q is taken as %q", typed, name)
		}
	}
}
