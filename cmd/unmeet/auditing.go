package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"unmeet/store"
)

// class says whether running a command is written into the audit log of the
// database that the configuration names.
type class int

const (
	// unlogged commands change nothing of people's, and show nothing that is theirs:
	// sums, files that they are passed, what unmeet itself is.
	unlogged class = iota + 1
	// logged commands change something, or show what is people's.
	logged
	// loggedAs commands do so where --as names a person, and where --mail sends something.
	loggedAs
	// loggedAfter commands are logged once they are done: what was there before may be
	// no database that can be opened.
	loggedAfter
)

// classes has every command, by its words.
var classes = map[string]class{
	"report":         loggedAs,
	"events":         unlogged,
	"classify":       unlogged,
	"explain":        unlogged,
	"rules check":    unlogged,
	"rules test":     unlogged,
	"rules show":     unlogged,
	"rules diff":     unlogged,
	"rules eval":     unlogged,
	"rules stats":    unlogged,
	"rules fit":      unlogged,
	"demo":           unlogged,
	"connect google": logged,
	"connect ics":    logged,
	"connect caldav": logged,
	"sync":           logged,
	"run":            logged,
	"people":         logged,
	"suggest":        logged,
	"preview":        unlogged,
	"announce":       unlogged,
	"enroll":         logged,
	"unenroll":       logged,
	"pause":          logged,
	"resume":         logged,
	"outcomes":       loggedAs,
	"actions":        logged,
	"disconnect":     logged,
	"key new":        logged,
	"key rotate":     logged,
	"init":           unlogged,
	"doctor":         unlogged,
	"backup":         loggedAfter,
	"restore":        loggedAfter,
	"quota":          unlogged,
	"datasheet":      unlogged,
	"audit":          logged,
	"export":         logged,
	"forget":         logged,
	"man":            unlogged,
	"completion":     unlogged,
	"complete":       unlogged,
}

// wordsOf is the name of a command by which classes has it.
func wordsOf(node *kong.Node) string {
	_, words, _ := strings.Cut(node.FullPath(), " ")
	return words
}

// audited runs a command, and writes it into the audit log before and after if it is
// of a class that asks for it. What cannot be logged is not run. No database is made
// for the log alone.
func (a *app) audited(parsed *kong.Context, run func() error) int {
	entry, is := entryOf(parsed)
	if !is {
		return a.report(run())
	}
	entry.By = a.operator()
	c, err := a.loadConfig()
	if err != nil {
		return a.report(run()) // which says so, too
	}
	entry.At = a.now()
	var id int64
	if !missing(c.Database.URL) && classes[entry.Command] != loggedAfter {
		if id, err = a.logBegin(c, entry); err != nil {
			return a.report(err)
		}
	}
	code := a.report(run())
	if missing(c.Database.URL) {
		return code
	}
	if err := a.logEnd(c, entry, id, outcomeOf(code)); err != nil {
		if classes[entry.Command] == loggedAfter && code != exitDone {
			return code // it has just said what ails the database
		}
		return max(code, a.report(err))
	}
	return code
}

// outcomeOf is an exit code in a word.
func outcomeOf(code int) string {
	switch code {
	case exitDone:
		return "done"
	case exitUsage:
		return "refused"
	case exitNothing:
		return "nothing"
	}
	return "failed"
}

func (a *app) logBegin(c config, entry store.Audited) (id int64, err error) {
	db, err := a.openDatabase(c)
	if err != nil {
		return 0, err
	}
	id, err = db.BeginAudit(a.ctx, entry)
	return id, errors.Join(err, db.Close())
}

// logEnd writes what came of a command. One that forgot somebody took its own row's
// words with it, and one that made the database has no row yet.
func (a *app) logEnd(c config, entry store.Audited, id int64, outcome string) error {
	ctx := context.WithoutCancel(a.ctx)
	db, err := store.Open(ctx, c.Database.URL)
	if err != nil {
		return hinted(err, databaseHint)
	}
	if id == 0 {
		id, err = db.BeginAudit(ctx, entry)
	}
	if err == nil {
		err = db.EndAudit(ctx, a.now(), id, outcome)
	}
	return errors.Join(err, db.Close())
}

// entryOf returns what the audit log says of a command; false if it says nothing.
func entryOf(parsed *kong.Context) (entry store.Audited, is bool) {
	node := parsed.Selected()
	entry.Command = wordsOf(node)
	var words []string
	person := false // it shows or sends what is somebody's
	seen := map[*kong.Value]bool{}
	for _, given := range parsed.Path {
		value, name := given.Positional, ""
		if given.Flag != nil {
			value, name = given.Flag.Value, given.Flag.Name
		}
		if value == nil || given.Resolved || seen[value] || slices.Contains([]string{"config", "color"}, name) {
			continue
		}
		seen[value] = true
		if name == "why" || name == "reason" {
			entry.Why = strings.TrimSpace(value.Target.String())
			continue
		}
		person = person || name == "as" || name == "mail"
		if name != "" {
			words = append(words, "--"+name)
		}
		for _, text := range textsOf(value) {
			if secretive.MatchString(name) {
				text = "..."
			}
			words = append(words, veiled(&entry, text))
		}
	}
	entry.Words = strings.Join(words, " ")
	if entry.Command == "forget" {
		clear(entry.About) // the log is no place to remember them by
	}
	switch classes[entry.Command] {
	case logged, loggedAfter:
		return entry, true
	case loggedAs:
		return entry, person
	}
	return entry, false
}

// secretive flags have values that are never written down.
var secretive = regexp.MustCompile(`(?i)(pass|secret|token|bearer|key)[^-]*$`)

// textsOf is a value as it was written, in parts; none of a switch.
func textsOf(value *kong.Value) (texts []string) {
	if value.IsBool() {
		return nil
	}
	if value.Target.Kind() != reflect.Slice {
		return []string{fmt.Sprint(value.Target.Interface())}
	}
	for i := range value.Target.Len() {
		texts = append(texts, fmt.Sprint(value.Target.Index(i).Interface()))
	}
	return texts
}

// anAddress finds addresses of people, wherever they stand.
var anAddress = regexp.MustCompile(`[^\s@,;:<>()"'=/\\{}]+@[^\s@,;:<>()"'=/\\{}]+\.[^\s@,;:<>()"'=/\\{}.]+`)

// ofTheWeb finds what addresses of feeds begin with.
var ofTheWeb = regexp.MustCompile(`(?i)^\s*(?:https?|webcals?):`)

// veiled is text as the audit log has it: addresses of people apart, and of the address
// of a feed, which opens it, only the host.
func veiled(entry *store.Audited, text string) string {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		text = u.Scheme + "://" + u.Host + "/..."
	} else if scheme := ofTheWeb.FindString(text); scheme != "" { // mistyped, and as secret
		text = scheme + "..."
	}
	text = strings.NewReplacer("{", "(", "}", ")").Replace(text)
	text = anAddress.ReplaceAllStringFunc(text, func(address string) string {
		address = strings.ToLower(address)
		at := slices.Index(entry.About, address)
		if at < 0 {
			at = len(entry.About)
			entry.About = append(entry.About, address)
		}
		return store.Named(at + 1)
	})
	if strings.ContainsAny(text, " \t\n") || text == "" {
		text = fmt.Sprintf("%q", text)
	}
	return text
}
