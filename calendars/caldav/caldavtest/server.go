package caldavtest

import (
	"context"
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
)

// The login that Radicale takes. Xandikos takes anybody.
const (
	User     = "owner@acme.example"
	Password = "correct horse"
)

// Server is a running server.
type Server struct {
	Name string // "radicale", "xandikos" or "cyrus"
	URL  string // of its root, with a slash at its end
	Home string // path of User's calendars, below URL, with slashes around it
	User string // whose password Password is

	folder string // where it keeps them
	stop   func()
}

// Radicale starts a Radicale that takes User and Password.
func Radicale(t testing.TB) *Server {
	t.Helper()
	return RadicaleFor(t)
}

// RadicaleFor starts a Radicale that takes User, and more users with the same Password.
func RadicaleFor(t testing.TB, more ...string) *Server {
	t.Helper()
	program := need(t, "radicale")
	folder := quickFolder(t)
	address := freeAddress(t)
	users, config := filepath.Join(folder, "users"), filepath.Join(folder, "config")
	logins := ""
	for _, user := range append(more, User) {
		logins += user + ":" + Password + "\n"
	}
	write(t, users, logins)
	write(t, config, fmt.Sprintf(`[server]
hosts = %s
[auth]
type = htpasswd
htpasswd_filename = %s
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = %s
[logging]
level = warning
`, address, users, filepath.Join(folder, "storage")))
	s := &Server{Name: "radicale", URL: "http://" + address + "/", Home: "/" + User + "/", User: User, folder: filepath.Join(folder, "storage", "collection-root", User)}
	s.start(t, address, program, "--config", config)
	return s
}

// Xandikos starts a Xandikos.
func Xandikos(t testing.TB) *Server {
	t.Helper()
	program := need(t, "xandikos")
	folder := quickFolder(t)
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Name: "xandikos", URL: "http://" + address + "/", Home: "/user/calendars/", User: User, folder: filepath.Join(folder, "user", "calendars")}
	s.start(t, address, program, "-d", folder, "-l", host, "-p", port, "--current-user-principal", "/user/", "--defaults")
	return s
}

// need finds a program that Debian's package of the same name brings.
func need(t testing.TB, name string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err == nil {
		return program
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: make deps", name)
	}
	t.Skipf("%s not present", name)
	return ""
}

// quickFolder is a folder in memory, where there is one, until the test ends:
// servers see to it that each object reaches the disk, which takes most of the time.
func quickFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "unmeet-caldav-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startWithin is how long a server may take until it answers.
const startWithin = 60 * time.Second

// start runs a program until the test ends, and waits for it to answer.
func (s *Server) start(t testing.TB, address, program string, args ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, args...)
	server.Stdout, server.Stderr = log, log
	together(server)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	s.stop = func() {
		endTogether(server)
		<-ended
		ended <- nil
	}
	t.Cleanup(func() {
		s.stop()
		log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s said:\n%s", s.Name, text[max(0, len(text)-4000):])
		}
	})
	for deadline := time.Now().Add(startWithin); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- nil
			t.Fatalf("%s does not start: %v", s.Name, err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer", s.Name)
		}
	}
}

// Stop ends the server before its test does.
func (s *Server) Stop() { s.stop() }

// Calendar makes an empty calendar, and returns its URL.
func (s *Server) Calendar(t testing.TB, name string) string {
	t.Helper()
	address := strings.TrimSuffix(s.URL, "/") + s.Home + name + "/"
	s.Do(t, "MKCALENDAR", address, "")
	return address
}

// Put stores an object under the given name in a calendar.
func (s *Server) Put(t testing.TB, calendar, name, text string) {
	t.Helper()
	s.Do(t, http.MethodPut, calendar+name, text)
}

// Delete takes an object out of a calendar.
func (s *Server) Delete(t testing.TB, calendar, name string) {
	t.Helper()
	s.Do(t, http.MethodDelete, calendar+name, "")
}

// Seed puts objects, by name, into a calendar that the server has not looked at yet:
// straight into its folder, which is much faster than by PUT, but where the server has
// a form of its own for it.
func (s *Server) Seed(t testing.TB, calendar string, objects map[string]string) {
	t.Helper()
	if s.Name == "cyrus" {
		for name, text := range objects {
			s.Put(t, calendar, name, text)
		}
		return
	}
	folder := filepath.Join(s.folder, filepath.Base(calendar))
	for name, text := range objects {
		write(t, filepath.Join(folder, name), text)
	}
	if s.Name != "xandikos" {
		return
	}
	for _, args := range [][]string{{"add", "."}, {"-c", "user.name=test", "-c", "user.email=test@acme.example", "commit", "-q", "-m", "seed"}} {
		git := exec.Command("git", append([]string{"-C", folder}, args...)...)
		if out, err := git.CombinedOutput(); err != nil {
			t.Fatalf("git: %v\n%s", err, out)
		}
	}
}

// Do makes a request as s.User, and returns what comes back. Any failure ends the
// test.
func (s *Server) Do(t testing.TB, method, address, body string) string {
	t.Helper()
	return s.As(t, s.User, method, address, body)
}

// As is Do as somebody else.
func (s *Server) As(t testing.TB, user, method, address, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	}
	req.Header["Idempotency-Key"] = nil // again on another connection, where the server closed this one; it is not sent
	req.SetBasicAuth(user, Password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s\n%s\n%s", method, address, resp.Status, text, body)
	}
	return string(text)
}
