//go:build !race

package agent

// yearPeople is how many people TestYear has.
const yearPeople = 200
