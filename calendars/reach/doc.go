// Package reach reads what foreign servers answer over HTTP: within limits of size
// and time ([Exchange]), only from where that is allowed ([Outside]), and with
// failures that say what is to be done about them ([Error]).
//
// What is read, and what it means, is for the sources that use it.
package reach
