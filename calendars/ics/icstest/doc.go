// Package icstest makes calendars for tests and benchmarks. What it writes
// depends on nothing but its arguments. Nothing that ships imports it.
package icstest
