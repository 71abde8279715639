// Package text makes words fit a terminal: it takes out of foreign text what
// could steer one, cuts and pads it to columns, wraps lines and paints them.
//
// What may not live here: what is said. The packages that have something to say
// say it.
package text
