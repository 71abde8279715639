package hours

import "math/bits"

// Cost is what it takes to do an occurrence in writing, in seconds: once to
// write the update, and for each of our people to read it.
type Cost struct{ Write, Read int64 }

// Net is what doing an occurrence in writing gives back, in seconds: gross, the
// sum of its shares, less the cost for that many of our people; never below 0.
func (c Cost) Net(gross int64, people int) int64 {
	return max(0, gross-c.Write-c.Read*int64(people))
}

// Inside allots to the period [from, to) its part of the net of an occurrence
// that takes place in [start, end), by the time inside it. The parts of
// adjoining periods add up to net exactly. An occurrence without length belongs
// whole to the period it starts in.
func Inside(net, start, end, from, to int64) int64 {
	if end <= start {
		if from <= start && start < to {
			return net
		}
		return 0
	}
	a, b := max(start, from), min(end, to)
	if a >= b {
		return 0
	}
	return scale(net, b-start, end-start) - scale(net, a-start, end-start)
}

// Allot splits net between people by their shares, given in a stable order. The
// parts add up to net exactly; where nobody has a share, nobody gets any.
func Allot(net int64, shares []int64) []int64 {
	parts := make([]int64, len(shares))
	var whole int64
	for _, s := range shares {
		whole += s
	}
	if whole <= 0 {
		return parts
	}
	var sum, given int64
	for i, s := range shares {
		sum += s
		upTo := scale(net, sum, whole)
		parts[i], given = upTo-given, upTo
	}
	return parts
}

// Among allots to each of several people, by their shares in a stable order, their
// part of what [Inside] allots to the period. The parts of adjoining periods add up to
// those that Allot makes of net, and the parts of all people to those of Inside; where
// a period cuts an occurrence, somebody's part may be a second below 0.
func Among(net, start, end, from, to int64, shares []int64) []int64 {
	parts := Allot(Inside(net, start, end, min(start, from), to), shares)
	for i, before := range Allot(Inside(net, start, end, min(start, from), from), shares) {
		parts[i] -= before
	}
	return parts
}

// scale returns floor(amount*part/whole) for 0 <= part <= whole, without
// overflow in between. Amount must not be negative.
func scale(amount, part, whole int64) int64 {
	high, low := bits.Mul64(uint64(amount), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return int64(quotient)
}
