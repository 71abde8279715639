package zone

import (
	"strings"
	"sync"
)

// moreNames are names that CLDR does not list: zones Windows has dropped, the
// texts of Outlook's zone list that name no city of the tz database, and words
// other programs write.
var moreNames = map[string]string{
	"Kamchatka Standard Time":    "Asia/Kamchatka",
	"Mexico Standard Time":       "America/Mexico_City",
	"Mexico Standard Time 2":     "America/Chihuahua",
	"Mid-Atlantic Standard Time": "Etc/GMT+2",
	"Coordinated Universal Time": "UTC",
	"Greenwich Mean Time":        "Europe/London",
	"Zulu Time":                  "UTC",

	"Abu Dhabi, Muscat":              "Asia/Dubai",
	"Alaska":                         "America/Anchorage",
	"Aleutian Islands":               "America/Adak",
	"Arizona":                        "America/Phoenix",
	"Astana":                         "Asia/Almaty",
	"Atlantic Time (Canada)":         "America/Halifax",
	"Baja California":                "America/Tijuana",
	"Brasilia":                       "America/Sao_Paulo",
	"Central America":                "America/Guatemala",
	"Central Time":                   "America/Chicago",
	"Central Time (US & Canada)":     "America/Chicago",
	"Chatham Islands":                "Pacific/Chatham",
	"Cape Verde Is.":                 "Atlantic/Cape_Verde",
	"Cabo Verde Is.":                 "Atlantic/Cape_Verde",
	"Central European Time":          "Europe/Paris",
	"Central European Standard Time": "Europe/Warsaw",
	"Central European Summer Time":   "Europe/Paris",
	"Eastern European Time":          "Europe/Athens",
	"Eastern European Standard Time": "Europe/Athens",
	"Eastern Time":                   "America/New_York",
	"Eastern Time (US & Canada)":     "America/New_York",
	"Ekaterinburg":                   "Asia/Yekaterinburg",
	"Georgetown":                     "America/Guyana",
	"Greenland":                      "America/Godthab",
	"Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London": "Europe/London",
	"Guam, Port Moresby":                  "Pacific/Port_Moresby",
	"Hawaii":                              "Pacific/Honolulu",
	"India Standard Time":                 "Asia/Calcutta",
	"Indiana (East)":                      "America/Indiana/Indianapolis",
	"International Date Line West":        "Etc/GMT+12",
	"Islamabad, Karachi":                  "Asia/Karachi",
	"Japan Standard Time":                 "Asia/Tokyo",
	"Marquesas Islands":                   "Pacific/Marquesas",
	"Mountain Time":                       "America/Denver",
	"Mountain Time (US & Canada)":         "America/Denver",
	"Newfoundland":                        "America/St_Johns",
	"Norfolk Island":                      "Pacific/Norfolk",
	"Nuku'alofa":                          "Pacific/Tongatapu",
	"Pacific Time":                        "America/Los_Angeles",
	"Pacific Time (US & Canada)":          "America/Los_Angeles",
	"Pacific Time (US & Canada); Tijuana": "America/Los_Angeles",
	"Saskatchewan":                        "America/Regina",
	"Solomon Is., New Caledonia":          "Pacific/Guadalcanal",
	"Sri Jayawardenepura":                 "Asia/Colombo",
	"St. Petersburg":                      "Europe/Moscow",
	"West Central Africa":                 "Africa/Lagos",
	"Western European Time":               "Europe/Lisbon",

	"Western/Central Europe": "Europe/Paris",

	"AKDT": "America/Anchorage",
	"AKST": "America/Anchorage",
	"CDT":  "America/Chicago",
	"CEST": "Europe/Paris",
	"EDT":  "America/New_York",
	"EEST": "Europe/Athens",
	"MDT":  "America/Denver",
	"MESZ": "Europe/Berlin",
	"MEZ":  "Europe/Berlin",
	"PDT":  "America/Los_Angeles",
	"PST":  "America/Los_Angeles",
	"Z":    "UTC",
}

// nameTables are the tables of names, keyed by folded name.
type nameTables struct {
	iana    map[string]string
	windows map[string]string   // and all other whole names
	cities  map[string][]string // last part of an IANA name → all that end so
}

// tables builds the tables at first use: few programs that link this package
// read a calendar in every run.
var tables = sync.OnceValue(func() nameTables {
	t := nameTables{map[string]string{}, map[string]string{}, map[string][]string{}}
	for _, name := range ianaNames {
		t.iana[fold(name)] = name
		if _, city, ok := cutLast(name, "/"); ok {
			t.cities[fold(city)] = append(t.cities[fold(city)], name)
		}
	}
	for name, zone := range windowsNames {
		t.windows[fold(name)] = zone
		// Some write the name that holds in summer, some only the first words.
		if base, ok := strings.CutSuffix(name, " Standard Time"); ok {
			t.windows[fold(base+" Daylight Time")] = zone
			t.windows[fold(base+" Time")] = zone
			t.windows[fold(base)] = zone
		}
	}
	for name, zone := range moreNames {
		t.windows[fold(name)] = zone
	}
	return t
})

// fold makes names equal that differ in case, or in spaces for underscores.
func fold(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), " ", "_")
}
