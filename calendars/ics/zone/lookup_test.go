package zone_test

import (
	"sync"
	"testing"
	"time"

	"unmeet/calendars/ics/zone"
)

func TestLookup(t *testing.T) {
	tests := []struct {
		tzid, iana string // iana "" with ok: a fixed offset
		summer     string // offset on 1 July 2026; "" where there is no such zone
	}{
		// As they should be, and in any case.
		{"Europe/Berlin", "Europe/Berlin", "+0200"},
		{"europe/berlin", "Europe/Berlin", "+0200"},
		{"AMERICA/NEW_YORK", "America/New_York", "-0400"},
		{"America/New York", "America/New_York", "-0400"},
		{"America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires", "-0300"},
		{`"Asia/Kolkata"`, "Asia/Kolkata", "+0530"},
		{" Australia/Lord_Howe ", "Australia/Lord_Howe", "+1030"},
		{"US/Eastern", "US/Eastern", "-0400"},
		{"UTC", "UTC", "+0000"},
		{"Etc/GMT+5", "Etc/GMT+5", "-0500"},
		{"EST5EDT", "EST5EDT", "-0400"},
		// Windows and Outlook.
		{"W. Europe Standard Time", "Europe/Berlin", "+0200"},
		{"w. europe standard time", "Europe/Berlin", "+0200"},
		{"Romance Standard Time 1", "Europe/Paris", "+0200"},
		{"Eastern Standard Time", "America/New_York", "-0400"},
		{"Eastern Daylight Time", "America/New_York", "-0400"},
		{"GMT Standard Time", "Europe/London", "+0100"},
		{"UTC-11", "Etc/GMT+11", "-1100"},
		{"India Standard Time", "Asia/Calcutta", "+0530"},
		{"W. Europe", "Europe/Berlin", "+0200"},
		{"Mexico Standard Time", "America/Mexico_City", "-0600"},
		{"Pacific Time (US & Canada)", "America/Los_Angeles", "-0700"},
		{"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam", "+0200"},
		{"(GMT+01.00) Sarajevo/Warsaw/Zagreb", "Europe/Sarajevo", "+0200"},
		{"(GMT-05:00) Eastern Time (US & Canada)", "America/New_York", "-0400"},
		{"(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles", "-0700"},
		{"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata", "+0530"},
		{"(UTC-04:00) Georgetown, La Paz, Manaus, San Juan", "America/La_Paz", "-0400"},
		{"(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin", "+0100"},
		{"(UTC+10:00) Canberra, Melbourne, Sydney", "Australia/Canberra", "+1000"},
		{"(UTC) Coordinated Universal Time", "UTC", "+0000"},
		{"tzone://Microsoft/Utc", "UTC", "+0000"},
		{"Western/Central Europe", "Europe/Paris", "+0200"},
		// Behind a vendor's prefix.
		{"/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin", "+0200"},
		{"/freeassociation.sourceforge.net/Tzfile/America/Indiana/Knox", "America/Indiana/Knox", "-0500"},
		{"/softwarestudio.org/Olson_20011030_5/America/Chicago", "America/Chicago", "-0500"},
		{"/citadel.org/20190914_1/Asia/Tokyo", "Asia/Tokyo", "+0900"},
		// Offsets.
		{"GMT+0100", "Etc/GMT-1", "+0100"},
		{"GMT -05:00", "Etc/GMT+5", "-0500"},
		{"UTC+02:00", "Etc/GMT-2", "+0200"},
		{"UTC+5:30", "", "+0530"},
		{"-03:30", "", "-0330"},
		{"+0000", "UTC", "+0000"},
		{"Z", "UTC", "+0000"},
		// What names no zone.
		{"", "", ""},
		{"Local", "", ""},
		{"localtime", "", ""},
		{"posixrules", "", ""},
		{"right/Europe/Berlinn", "", ""},
		{"../../etc/passwd", "", ""},
		{"/", "", ""},
		{"Customized Time Zone", "", ""},
		{"tzone://Microsoft/Custom", "", ""},
		{"(UTC+01:00) Atlantis", "", ""},
		{"(UTC+07:00) Berlin", "", ""},
		{"GMT+0100 (Standard) / GMT+0200 (Daylight)", "", ""},
		{"GMT+99", "", ""},
		{"Zone \x00 null", "", ""},
	}
	for _, test := range tests {
		loc, iana, ok := zone.Lookup(test.tzid)
		if ok != (test.summer != "") || ok != (loc != nil) {
			t.Errorf("%q: %v, ok %v", test.tzid, loc, ok)
			continue
		}
		if iana != test.iana {
			t.Errorf("%q is %q, want %q", test.tzid, iana, test.iana)
		}
		if !ok {
			continue
		}
		if got := time.Date(2026, 7, 1, 12, 0, 0, 0, loc).Format("-0700"); got != test.summer {
			t.Errorf("%q is at %s in July, want %s", test.tzid, got, test.summer)
		}
		if again, _, _ := zone.Lookup(test.tzid); again != loc {
			t.Errorf("%q is another location the second time", test.tzid)
		}
	}
}

func TestGuess(t *testing.T) {
	for tzid, want := range map[string]string{
		"(GMT+01.00) Customized Time Zone":          "+0100",
		"GMT+0100 (Standard) / GMT+0200 (Daylight)": "+0100",
		"My zone, UTC-03:30":                        "-0330",
	} {
		loc, ok := zone.Guess(tzid)
		if !ok || time.Unix(0, 0).In(loc).Format("-0700") != want {
			t.Errorf("%q: %v %v", tzid, loc, ok)
		}
	}
	for _, tzid := range []string{"", "Customized Time Zone", "GMT", "UTC+x"} {
		if loc, ok := zone.Guess(tzid); ok {
			t.Errorf("%q: %v", tzid, loc)
		}
	}
}

func TestLookupByManyAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, name := range []string{"Europe/Berlin", "Eastern Standard Time", "nowhere", "GMT+0100"} {
				if _, _, ok := zone.Lookup(name); ok != (name != "nowhere") {
					t.Errorf("%q: %v", name, ok)
				}
			}
		})
	}
	all.Wait()
}

func FuzzLookup(f *testing.F) {
	for _, tzid := range []string{"Europe/Berlin", "(UTC+01:00) Amsterdam, Berlin", "/mozilla.org/20050126_1/Europe/Berlin", "GMT+0100", "\"x/y"} {
		f.Add(tzid)
	}
	f.Fuzz(func(t *testing.T, tzid string) {
		loc, iana, ok := zone.Lookup(tzid)
		if ok != (loc != nil) || !ok && iana != "" {
			t.Fatalf("%q: %v, %q, %v", tzid, loc, iana, ok)
		}
		if iana != "" {
			if _, again, ok := zone.Lookup(iana); !ok || again != iana {
				t.Fatalf("%q gives %q, which gives %q", tzid, iana, again)
			}
		}
		zone.Guess(tzid)
	})
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		zone.Lookup("W. Europe Standard Time")
	}
}
