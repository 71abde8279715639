package rules

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// TOMLFault says in words of a file, whose text is given, what its decoder says
// in those of TOML's grammar and of Go, and what to write instead. The
// configuration's faults are said so, too.
func TOMLFault(text []byte, e *toml.DecodeError) (message, hint string) {
	message = strings.TrimPrefix(e.Error(), "toml: ")
	if mistyped := mistypedValue.FindStringSubmatch(message); mistyped != nil {
		key := keyOf(text, e)
		what, hint := wanted(key, mistyped[1])
		return key + " is not " + what, hint
	}
	if strings.HasPrefix(message, "expected keyword") || strings.HasPrefix(message, "unexpected character") {
		message = "this is no value"
	}
	return message, `each line is key = value, with text in quotes: name = "status"`
}

// mistypedValue finds the Go type that a value should have fitted.
var mistypedValue = regexp.MustCompile(`^cannot (?:decode TOML|store) .* (?:into|in)(?: struct field \S+ of type| a)? (\S+)$`)

// keyOf is the key whose value the decoder did not take. It knows that of the
// line; within { }, the text tells.
func keyOf(text []byte, e *toml.DecodeError) string {
	row, column := e.Position()
	lines := bytes.Split(text, []byte("\n"))
	if row <= len(lines) {
		line := lines[row-1]
		if key := lastKey.FindSubmatch(line[:min(column-1, len(line))]); key != nil {
			return string(key[1])
		}
	}
	return strings.Join(e.Key(), ".")
}

// lastKey finds the key before a value, or before the list that it is in.
var lastKey = regexp.MustCompile(`([\w-]+)["']?\s*=\s*(?:\[[^\]]*)?$`)

// wanted says what a key of a Go type takes, and how that is written.
func wanted(key, goType string) (what, hint string) {
	switch goType {
	case "string":
		return "text", `put it in quotes: "…"`
	case "int":
		return "a whole number", "write digits, without quotes"
	case "float64":
		return "a number", "write digits, without quotes"
	case "bool":
		return "true or false", "write true or false, without quotes"
	case "[]string":
		return "a list", `write ["…", "…"]`
	}
	if strings.HasPrefix(goType, "[]") {
		return "a list of tables", "begin each with a line [[" + key + "]]"
	}
	return "a table", "begin it with a line [" + key + "]"
}

// PlaceOf returns where a key such as "hours.write_minutes" stands in the text of
// a TOML file: line and column, from 1. ok is false where it does not.
func PlaceOf(text []byte, key string) (line, column int, ok bool) {
	p, ok := places(text)[key]
	return p.line, p.column, ok
}
