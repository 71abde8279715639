// Package rate says how much a share that was counted may be off. It is arithmetic
// and knows nothing of what is counted.
package rate
