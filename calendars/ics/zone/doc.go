// Package zone turns what calendars say of time zones into *time.Location: the
// many names of a zone ([Lookup], [Guess]), the definitions they carry along
// ([Compile]), and the clock on the wall into an instant ([At], [Resolver]).
//
// The table of Windows names is made from CLDR by internal/genwindows. Nothing
// here knows events or reads files.
package zone

//go:generate go run ./internal/genwindows
