package calendartest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// mask is a parsed "fields" parameter: the names that are let through, each with
// the mask of what is below; nil lets everything through.
type mask map[string]mask

// parseMask reads the partial-response syntax: "a,b/c,d(e,f),*".
func parseMask(s string) (mask, error) {
	p := &maskParser{rest: s}
	m, err := p.list()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("invalid field selection %q", p.rest)
	}
	return m, err
}

type maskParser struct{ rest string }

func (p *maskParser) list() (mask, error) {
	m := mask{}
	for {
		end := strings.IndexAny(p.rest, ",/()")
		if end < 0 {
			end = len(p.rest)
		}
		name := strings.TrimSpace(p.rest[:end])
		p.rest = p.rest[end:]
		if name == "" {
			return nil, fmt.Errorf("invalid field selection: a name is missing before %q", p.rest)
		}
		sub, err := p.below()
		if err != nil {
			return nil, err
		}
		if old, twice := m[name]; !twice {
			m[name] = sub
		} else if old != nil && sub != nil {
			maps.Copy(old, sub)
		} else {
			m[name] = nil
		}
		if !strings.HasPrefix(p.rest, ",") {
			return m, nil
		}
		p.rest = p.rest[1:]
	}
}

// below reads what follows a name: "/name", "(list)" or nothing.
func (p *maskParser) below() (mask, error) {
	switch {
	case strings.HasPrefix(p.rest, "/"):
		p.rest = p.rest[1:]
		end := strings.IndexAny(p.rest, ",/()")
		if end < 0 {
			end = len(p.rest)
		}
		name := p.rest[:end]
		p.rest = p.rest[end:]
		sub, err := p.below()
		return mask{name: sub}, err
	case strings.HasPrefix(p.rest, "("):
		p.rest = p.rest[1:]
		sub, err := p.list()
		if err == nil && !strings.HasPrefix(p.rest, ")") {
			err = fmt.Errorf("invalid field selection: ) is missing")
		}
		p.rest = strings.TrimPrefix(p.rest, ")")
		return sub, err
	}
	return nil, nil
}

// field is a field of one of the wire types.
type field struct {
	name   string
	index  int
	always bool // written though empty
	more   bool // a map of fields to write beside the others
}

var fieldsOf sync.Map // reflect.Type to []field

func fields(t reflect.Type) []field {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]field)
	}
	var fs []field
	for i := range t.NumField() {
		f := t.Field(i)
		fs = append(fs, field{name: f.Tag.Get("json"), index: i, always: f.Tag.Get("always") != "", more: f.Tag.Get("json") == "-"})
	}
	fieldsOf.Store(t, fs)
	return fs
}

// check refuses a mask that names what a type does not have.
func (m mask) check(t reflect.Type) error {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Map {
		return nil // of any keys
	}
	if t.Kind() != reflect.Struct {
		if len(m) > 0 {
			return fmt.Errorf("invalid field selection %s", slices.Sorted(maps.Keys(m))[0])
		}
		return nil
	}
	fs := fields(t)
	for name, sub := range m {
		at := slices.IndexFunc(fs, func(f field) bool { return f.name == name })
		open := slices.ContainsFunc(fs, func(f field) bool { return f.more })
		switch {
		case at >= 0:
			if err := sub.check(t.Field(fs[at].index).Type); err != nil {
				return err
			}
		case name != "*" && !open:
			return fmt.Errorf("invalid field selection %s", name)
		}
	}
	return nil
}

// lets reports whether a name passes, and the mask of what is below it.
func (m mask) lets(name string) (mask, bool) {
	if m == nil {
		return nil, true
	}
	sub, ok := m[name]
	if !ok {
		sub, ok = m["*"]
	}
	return sub, ok
}

// encode writes v as JSON, masked; empty fields are left out.
func encode(b *bytes.Buffer, v reflect.Value, m mask) {
	switch v.Kind() {
	case reflect.Pointer:
		encode(b, v.Elem(), m)
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			encode(b, v.Index(i), m)
		}
		b.WriteByte(']')
	case reflect.Struct:
		encodeStruct(b, v, m)
	case reflect.Map:
		let := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			if _, ok := m.lets(key.String()); ok {
				let.SetMapIndex(key, v.MapIndex(key))
			}
		}
		text, err := json.Marshal(let.Interface())
		if err != nil {
			panic(err) // of strings
		}
		b.Write(text)
	default:
		text, err := json.Marshal(v.Interface())
		if err != nil {
			panic(err) // strings, numbers and booleans only
		}
		b.Write(text)
	}
}

func encodeStruct(b *bytes.Buffer, v reflect.Value, m mask) {
	sep := byte('{')
	name := func(s string) {
		b.WriteByte(sep)
		sep = ','
		encode(b, reflect.ValueOf(s), nil)
		b.WriteByte(':')
	}
	for _, f := range fields(v.Type()) {
		value := v.Field(f.index)
		if f.more {
			for _, key := range value.MapKeys() {
				if _, ok := m.lets(key.String()); ok {
					name(key.String())
					b.Write(value.MapIndex(key).Bytes())
				}
			}
			continue
		}
		sub, ok := m.lets(f.name)
		empty := value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0
		if !ok || empty && !f.always {
			continue
		}
		name(f.name)
		encode(b, value, sub)
	}
	if sep == '{' {
		b.WriteByte('{')
	}
	b.WriteByte('}')
}
