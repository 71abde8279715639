// Package sample is a made-up company for `unmeet demo` and for tests: its
// people and meetings stand in kite.toml, and [Company.Write] turns them into a
// folder of calendar files such as people really have, one for each person.
//
// Nothing here knows how meetings are judged or counted: the demo reads these
// files as it would anybody's.
package sample
