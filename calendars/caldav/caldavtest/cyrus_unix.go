//go:build unix

package caldavtest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// cyrusMaster is where Debian's package cyrus-imapd has the program.
const cyrusMaster = "/usr/lib/cyrus/bin/master"

// Cyrus starts a Cyrus, which schedules (RFC 6638), with accounts for the given
// people of acme.example, all with [Password]. Home is that of the first. It needs
// root, as Cyrus changes to a user of its own.
func Cyrus(t testing.TB, people ...string) *Server {
	t.Helper()
	need(t, cyrusMaster)
	passwords := need(t, "saslpasswd2")
	account, err := user.Lookup("cyrus")
	if err != nil || os.Getuid() != 0 {
		t.Skip("cyrus not present, or not root")
	}
	folder := quickFolder(t)
	imap, dav := freeAddress(t), freeAddress(t)
	write(t, filepath.Join(folder, "imapd.conf"), strings.ReplaceAll(`configdirectory: FOLDER/conf
partition-default: FOLDER/spool
defaultpartition: default
servername: acme.example
admins: admin
unixhierarchysep: yes
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: FOLDER/passwords
sasl_mech_list: PLAIN
httpmodules: caldav
calendar_user_address_set: acme.example
caldav_realm: acme.example
autocreate_quota: 0
autocreate_post: yes
autocreate_users: anyone
zoneinfo_dir: FOLDER/zoneinfo
notifysocket: FOLDER/conf/notify
`, "FOLDER", folder))
	write(t, filepath.Join(folder, "cyrus.conf"), fmt.Sprintf(`START {
 recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C %[1]s/imapd.conf -r"
}
SERVICES {
 imap cmd="/usr/lib/cyrus/bin/imapd -C %[1]s/imapd.conf" listen="%[2]s" prefork=0
 http cmd="/usr/lib/cyrus/bin/httpd -C %[1]s/imapd.conf" listen="%[3]s" prefork=0
}
EVENTS {
}
`, folder, imap, dav))
	write(t, filepath.Join(folder, "zoneinfo", "zones.tab"), "Europe/Berlin\n")
	write(t, filepath.Join(folder, "zoneinfo", "Europe", "Berlin.ics"), Object())
	for _, name := range people {
		add := exec.Command(passwords, "-p", "-c", "-f", filepath.Join(folder, "passwords"), "-u", "acme.example", name)
		add.Stdin = strings.NewReader(Password)
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("saslpasswd2: %v\n%s", err, out)
		}
	}
	for _, name := range []string{"spool", "conf/socket", "conf/db", "conf/proc"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	own(t, folder, account)
	s := &Server{Name: "cyrus", URL: "http://" + dav + "/dav/", Home: "/calendars/user/" + people[0] + "/", User: people[0], folder: folder}
	s.start(t, dav, cyrusMaster, "-C", filepath.Join(folder, "imapd.conf"), "-M", filepath.Join(folder, "cyrus.conf"), "-p", filepath.Join(folder, "conf", "pid"))
	for _, name := range people {
		login(t, imap, name) // makes the mailbox that calendars hang on
	}
	return s
}

// own gives a folder, and all in it, to an account.
func own(t testing.TB, folder string, account *user.User) {
	t.Helper()
	uid, err1 := strconv.Atoi(account.Uid)
	gid, err2 := strconv.Atoi(account.Gid)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// login logs in by IMAP once.
func login(t testing.TB, address, name string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "a LOGIN %s %q\r\nb LOGOUT\r\n", name, Password)
	said := ""
	for lines := bufio.NewScanner(c); lines.Scan(); {
		said += lines.Text() + "\n"
	}
	if !strings.Contains(said, "a OK") {
		t.Fatalf("%s cannot log in by IMAP:\n%s", name, said)
	}
}
