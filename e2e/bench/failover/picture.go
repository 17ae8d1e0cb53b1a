package main

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// The picture's measures, in its own units.
const (
	wide      = 960
	labelWide = 330
	rightWide = 70 // for the figure beside the last bar
	rowHigh   = 24
	topHigh   = 58
	footHigh  = 46
)

// style has colours for light and for dark; each bar says in words what it is, and the legend is in words, too.
const style = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.quiet { fill: #59636e; font-size: 12px }
.paper { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.find { fill: #bc4c00 } .decide { fill: #8250df } .fence { fill: #cf222e } .stop { fill: #6e7781 } .start { fill: #1a7f37 } .client { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.quiet { fill: #9198a1 }
.paper { fill: #0d1117 }
.grid { stroke: #3d444d }
.find { fill: #f0883e } .decide { fill: #ab7df8 } .fence { fill: #f85149 } .stop { fill: #9198a1 } .start { fill: #3fb950 } .client { fill: #4493f8 }
}
`

// svg draws the course: a bar for each span on an axis of time.
func (c course) svg() string {
	high := topHigh + rowHigh*len(c.spans) + footHigh
	at := func(d time.Duration) float64 {
		return labelWide + (wide-labelWide-rightWide)*d.Seconds()/c.answered.Seconds()
	}
	var b strings.Builder
	title := fmt.Sprintf("%s, %s: answered again after %d ms", c.event, c.column, c.answered.Milliseconds())
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s"><title>%s</title><style>%s</style>`+"\n", wide, high, escaped(title), escaped(title), style)
	fmt.Fprintf(&b, `<rect class="paper" width="%d" height="%d" rx="6"/><text class="title" x="16" y="26">%s</text>`+"\n", wide, high, escaped(title))
	bottom := topHigh + rowHigh*len(c.spans)
	for t := time.Duration(0); t <= c.answered; t += tick(c.answered) {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/><text class="quiet" x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n",
			at(t), topHigh-6, at(t), bottom, at(t), topHigh-12, t.Milliseconds())
	}
	fmt.Fprintf(&b, `<text class="quiet" x="16" y="%d">ms since the blow</text>`+"\n", topHigh-12)
	for i, s := range c.spans {
		y := topHigh + rowHigh*i
		fmt.Fprintf(&b, `<text x="16" y="%d">%s</text><rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d" rx="2"/><text class="quiet" x="%.1f" y="%d">%d ms</text>`+"\n",
			y+16, escaped(s.name), s.kind, at(s.from), y+4, max(2, at(s.to)-at(s.from)), rowHigh-8, max(at(s.to), at(s.from)+2)+6, y+16, (s.to - s.from).Milliseconds())
	}
	x := 16
	for _, k := range kinds {
		fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="14" height="14" rx="2"/><text class="quiet" x="%d" y="%d">%s</text>`+"\n", k.kind, x, bottom+18, x+20, bottom+30, k.says)
		x += 44 + 7*len(k.says)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// tick is a round step that makes some ten of the axis.
func tick(all time.Duration) time.Duration {
	for _, t := range []time.Duration{50, 100, 200, 500, 1000, 2000} {
		if all/(t*time.Millisecond) <= 10 {
			return t * time.Millisecond
		}
	}
	return 5 * time.Second
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
