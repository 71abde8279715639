package hours

import (
	"math/big"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNet(t *testing.T) {
	cost := Cost{Write: 20 * 60, Read: 5 * 60}
	tests := []struct {
		name   string
		gross  int64
		people int
		want   int64
	}{
		{"an hour of seven", 7 * 3600, 7, 7*3600 - 20*60 - 7*5*60},
		{"costs more than it saves", 29 * 60, 2, 0},
		{"exactly even", 30 * 60, 2, 0},
		{"nobody", 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := cost.Net(tt.gross, tt.people); got != tt.want {
				t.Errorf("Net(%d, %d) = %d, want %d", tt.gross, tt.people, got, tt.want)
			}
		})
	}
}

func TestInside(t *testing.T) {
	tests := []struct {
		name                      string
		net, start, end, from, to int64
		want                      int64
	}{
		{"all of it", 100, 10, 20, 0, 30, 100},
		{"none of it", 100, 10, 20, 20, 30, 0},
		{"its half", 100, 10, 20, 0, 15, 50},
		{"rounded down first", 10, 0, 3, 0, 1, 3},
		{"and made up for last", 10, 0, 3, 2, 3, 4},
		{"without length, inside", 7, 10, 10, 10, 20, 7},
		{"without length, at the end", 7, 10, 10, 0, 10, 0},
		{"empty period", 7, 10, 20, 15, 15, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Inside(tt.net, tt.start, tt.end, tt.from, tt.to); got != tt.want {
				t.Errorf("Inside(%d, [%d, %d), [%d, %d)) = %d, want %d", tt.net, tt.start, tt.end, tt.from, tt.to, got, tt.want)
			}
		})
	}
}

func TestInsideAddsUpOverAPeriodCutInTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := rapid.Int64Range(0, 1e12).Draw(t, "net")
		start := rapid.Int64Range(-1e10, 1e10).Draw(t, "start")
		end := start + rapid.Int64Range(0, 1e7).Draw(t, "length")
		from := rapid.Int64Range(start-100, end).Draw(t, "from")
		to := rapid.Int64Range(from, end+100).Draw(t, "to")
		cut := rapid.Int64Range(from, to).Draw(t, "cut")
		whole := Inside(net, start, end, from, to)
		if a, b := Inside(net, start, end, from, cut), Inside(net, start, end, cut, to); a+b != whole || a < 0 || b < 0 {
			t.Fatalf("cut at %d: %d + %d, of %d", cut, a, b, whole)
		}
		if all := Inside(net, start, end, start-1, end+1); all != net {
			t.Fatalf("the whole occurrence gets %d, of %d", all, net)
		}
	})
}

func TestAllot(t *testing.T) {
	tests := []struct {
		name   string
		net    int64
		shares []int64
		want   []int64
	}{
		{"evenly", 90, []int64{30, 30, 30}, []int64{30, 30, 30}},
		{"by share", 30, []int64{60, 30, 0}, []int64{20, 10, 0}},
		{"the odd second", 10, []int64{1, 1, 1}, []int64{3, 3, 4}},
		{"nobody", 10, nil, []int64{}},
		{"nobody has a share", 10, []int64{0, 0}, []int64{0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := gocmp.Diff(tt.want, Allot(tt.net, tt.shares)); d != "" {
				t.Errorf("Allot (-want +got):\n%s", d)
			}
		})
	}
}

func TestAllotIsExactAndFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := rapid.Int64Range(0, 1e13).Draw(t, "net")
		shares := rapid.SliceOfN(rapid.Int64Range(0, 1e11), 1, 20).Draw(t, "shares")
		var whole, sum int64
		for _, s := range shares {
			whole += s
		}
		for i, got := range Allot(net, shares) {
			sum += got
			if whole == 0 {
				continue
			}
			// No part is a whole second off its due.
			due := new(big.Int).Mul(big.NewInt(net), big.NewInt(shares[i]))
			off := new(big.Int).Sub(due, new(big.Int).Mul(big.NewInt(got), big.NewInt(whole)))
			if off.CmpAbs(big.NewInt(whole)) >= 0 {
				t.Fatalf("part %d is %d of net %d for share %d of %d", i, got, net, shares[i], whole)
			}
		}
		if want := min(whole, 1) * net; sum != want {
			t.Fatalf("parts add up to %d, want %d", sum, want)
		}
	})
}
