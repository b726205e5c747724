//go:build outside

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// startBeside starts a program that ends with the test. What it says is shown if the test fails.
func startBeside(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(quietEnv(), env...), &said, &said
	cmd.WaitDelay = time.Second // its children may hold what it writes to
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Logf("%s: %v", name, err)
		}
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("%s said: %.3000s", name, said.String())
		}
	})
}

// freePort is one of the loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// patiently tries until a program that was started answers.
func patiently(t *testing.T, try func() error) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// webKit is WebKitGTK, driven by WebDriver: https://www.w3.org/TR/webdriver2/
type webKit struct {
	t       *testing.T
	session string // its address
}

func startWebKit(t *testing.T) driven {
	driver, xvfb := outsideTool(t, "WebKitWebDriver"), outsideTool(t, "Xvfb")
	number, shown, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	screen := exec.Command(xvfb, "-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp")
	screen.ExtraFiles = []*os.File{shown}
	if err := screen.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = screen.Process.Kill()
		_ = screen.Wait()
	})
	shown.Close()
	said, err := io.ReadAll(io.LimitReader(number, 16)) // Xvfb closes it when it has said its number
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	port := freePort(t)
	startBeside(t, []string{"DISPLAY=:" + strings.TrimSpace(string(said)), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "LIBGL_ALWAYS_SOFTWARE=1",
		"WEBKIT_DISABLE_COMPOSITING_MODE=1", "GTK_A11Y=none", "NO_AT_BRIDGE=1"}, driver, "--port="+port)
	w := &webKit{t: t, session: "http://127.0.0.1:" + port + "/session"}
	var made struct{ SessionID string }
	patiently(t, func() error {
		return w.call(http.MethodPost, "", map[string]any{"capabilities": map[string]any{}}, &made)
	})
	w.session += "/" + made.SessionID
	t.Cleanup(func() {
		if err := w.call(http.MethodDelete, "", nil, nil); err != nil {
			t.Logf("ending the session: %v", err)
		}
	})
	w.must("/window/rect", map[string]any{"x": 0, "y": 0, "width": 1280, "height": 900}, nil)
	return w
}

// call makes one command.
func (w *webKit) call(method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, w.session+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := (&http.Client{Timeout: 60 * time.Second}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d: %.1000s", path, res.StatusCode, answer)
	}
	var value struct{ Value json.RawMessage }
	if err := json.Unmarshal(answer, &value); err != nil || out == nil {
		return err
	}
	return json.Unmarshal(value.Value, out)
}

func (w *webKit) must(path string, in, out any) {
	w.t.Helper()
	if err := w.call(http.MethodPost, path, in, out); err != nil {
		w.t.Fatal(err)
	}
}

func (w *webKit) open(url string) { w.t.Helper(); w.must("/url", map[string]string{"url": url}, nil) }

func (w *webKit) eval(expression string) (value any) {
	// While a page goes and the next comes there is nothing to ask.
	if err := w.call(http.MethodPost, "/execute/sync", map[string]any{"script": "return " + expression, "args": []any{}}, &value); err != nil {
		return nil
	}
	return value
}

func (w *webKit) act(actions ...inputSequence) {
	w.t.Helper()
	w.must("/actions", map[string]any{"actions": actions}, nil)
}

// firefox is driven by WebDriver BiDi: https://www.w3.org/TR/webdriver-bidi/
type firefox struct {
	t       *testing.T
	conn    *websocket.Conn
	last    int
	context string // the tab
}

func startFirefox(t *testing.T) driven {
	program := outsideTool(t, "firefox-esr")
	home, port := t.TempDir(), freePort(t)
	prefs := `user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.update.disabledForTesting", true);
`
	if err := os.WriteFile(filepath.Join(home, "user.js"), []byte(prefs), 0o600); err != nil {
		t.Fatal(err)
	}
	startBeside(t, []string{"HOME=" + home, "MOZ_HEADLESS_WIDTH=1280", "MOZ_HEADLESS_HEIGHT=900"},
		program, "--headless", "--no-remote", "--profile", home, "--remote-debugging-port="+port, "--remote-allow-origins=http://127.0.0.1:"+port)
	f := &firefox{t: t}
	patiently(t, func() (err error) {
		f.conn, err = websocket.Dial("ws://127.0.0.1:"+port+"/session", "", "http://127.0.0.1:"+port)
		return err
	})
	t.Cleanup(func() { f.conn.Close() })
	f.must("session.new", map[string]any{"capabilities": map[string]any{}}, nil)
	var tree struct{ Contexts []struct{ Context string } }
	f.must("browsingContext.getTree", map[string]any{}, &tree)
	if len(tree.Contexts) == 0 {
		t.Fatal("Firefox has no tab")
	}
	f.context = tree.Contexts[0].Context
	f.must("script.addPreloadScript", map[string]any{"functionDeclaration": noteErrors}, nil)
	f.must("browsingContext.setViewport", map[string]any{"context": f.context, "viewport": map[string]int{"width": 1280, "height": 900}}, nil)
	return f
}

// call makes one command. Events that come before its answer are passed over: none is asked for.
func (f *firefox) call(method string, params, out any) error {
	f.last++
	if err := f.conn.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return err
	}
	if err := websocket.JSON.Send(f.conn, map[string]any{"id": f.last, "method": method, "params": params}); err != nil {
		return err
	}
	for {
		var answer struct {
			ID             int
			Type           string
			Error, Message string
			Result         json.RawMessage
		}
		if err := websocket.JSON.Receive(f.conn, &answer); err != nil {
			return err
		}
		switch {
		case answer.ID != f.last:
		case answer.Type != "success":
			return fmt.Errorf("%s: %s: %s", method, answer.Error, answer.Message)
		case out == nil:
			return nil
		default:
			return json.Unmarshal(answer.Result, out)
		}
	}
}

func (f *firefox) must(method string, params, out any) {
	f.t.Helper()
	if err := f.call(method, params, out); err != nil {
		f.t.Fatal(err)
	}
}

func (f *firefox) open(url string) {
	f.t.Helper()
	f.must("browsingContext.navigate", map[string]any{"context": f.context, "url": url, "wait": "complete"}, nil)
}

func (f *firefox) eval(expression string) any {
	var value struct{ Result struct{ Value any } }
	err := f.call("script.evaluate", map[string]any{"expression": expression, "target": map[string]string{"context": f.context}, "awaitPromise": false}, &value)
	if err != nil { // while a page goes and the next comes there is nothing to ask
		return nil
	}
	return value.Result.Value
}

func (f *firefox) act(actions ...inputSequence) {
	f.t.Helper()
	f.must("input.performActions", map[string]any{"context": f.context, "actions": actions}, nil)
}
