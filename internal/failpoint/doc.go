// Package failpoint names places where a process may die without harm, so that
// tests can make it die there. Built without the tag "failpoints" it does nothing
// and costs nothing; built with it, UNMEET_FAILPOINT=name:2 kills the process the
// second time it comes by that place. Nothing else lives here.
package failpoint
