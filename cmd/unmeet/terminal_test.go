package main

import "testing"

// TestLocales: without a word of the locale, and with UTF-8 in it, tables are drawn;
// the first that is set decides.
func TestLocales(t *testing.T) {
	for _, test := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "", true},
		{"", "", "en_GB.UTF-8", true},
		{"", "", "de_DE.utf8", true},
		{"", "", "C", false},
		{"C.UTF-8", "", "C", true},
		{"POSIX", "", "en_GB.UTF-8", false},
		{"", "de_DE.ISO-8859-1", "en_GB.UTF-8", false},
		{"", "en_GB.UTF-8", "C", true},
	} {
		env := map[string]string{"LC_ALL": test.all, "LC_CTYPE": test.ctype, "LANG": test.lang}
		if got := unicodeLocale(func(key string) string { return env[key] }); got != test.want {
			t.Errorf("%v: %t", env, got)
		}
	}
}
