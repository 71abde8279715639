package fit

import (
	"math"
	"slices"
)

const (
	remembered = 8    // steps that shape the next one
	enough     = 1e-7 // relative gain at which it ends
)

// minimize finds where a smooth convex function is least, starting at x, by
// L-BFGS (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 3.1).
// f returns its value at x and writes its gradient into the second slice.
func minimize(f func(x, gradient []float64) float64, x []float64, rounds int) []float64 {
	x = slices.Clone(x)
	g := make([]float64, len(x))
	value := f(x, g)
	next, nextG := make([]float64, len(x)), make([]float64, len(x))
	var steps, turns [][]float64 // differences of x and of the gradient
	for range rounds {
		direction := descent(g, steps, turns)
		slope := dot(direction, g)
		if slope >= 0 {
			break
		}
		step, lower := 1.0, 0.0
		if len(steps) == 0 {
			step = 1 / math.Max(1, math.Sqrt(dot(g, g)))
		}
		for ; step > 1e-12; step /= 2 {
			for i := range x {
				next[i] = x[i] + step*direction[i]
			}
			if lower = f(next, nextG); lower <= value+1e-4*step*slope {
				break
			}
		}
		if lower >= value {
			break
		}
		s, y := make([]float64, len(x)), make([]float64, len(x))
		for i := range x {
			s[i], y[i] = next[i]-x[i], nextG[i]-g[i]
		}
		if dot(s, y) > 1e-12 {
			if steps, turns = append(steps, s), append(turns, y); len(steps) > remembered {
				steps, turns = steps[1:], turns[1:]
			}
		}
		gain := value - lower
		x, next, g, nextG, value = next, x, nextG, g, lower
		if gain < enough*math.Abs(value) {
			break
		}
	}
	return x
}

// descent is the direction that the last steps suggest.
func descent(g []float64, steps, turns [][]float64) []float64 {
	d := make([]float64, len(g))
	for i := range g {
		d[i] = -g[i]
	}
	along := make([]float64, len(steps))
	for k := len(steps) - 1; k >= 0; k-- {
		along[k] = dot(steps[k], d) / dot(steps[k], turns[k])
		add(d, -along[k], turns[k])
	}
	if k := len(steps) - 1; k >= 0 {
		scale := dot(steps[k], turns[k]) / dot(turns[k], turns[k])
		for i := range d {
			d[i] *= scale
		}
	}
	for k := range steps {
		add(d, along[k]-dot(turns[k], d)/dot(steps[k], turns[k]), steps[k])
	}
	return d
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func add(to []float64, times float64, what []float64) {
	for i := range to {
		to[i] += times * what[i]
	}
}
