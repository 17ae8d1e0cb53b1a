package cli_test

import (
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// health answers the routes of smart migration: n1 is red by its processors, n2 has a rule of its own and has not told.
func (s *server) health(c *cluster, r api.Route, verb string) any {
	if r.Long {
		return s.long(r, c.Name, "", nil)
	}
	p := ha.DefaultHealth()
	p.Move = ha.MoveRed
	own := p.Memory
	own.On = false
	p.Node("n2").SetRule(ha.HealthMemory, &own)
	switch verb {
	case "history":
		return ha.HealthHistory{Node: "n1", Samples: []ha.HealthSample{
			{At: day, Values: map[string]float64{"cpu": 12.5, "mem": 41}},
			{At: day.Add(5 * time.Second), Values: map[string]float64{"cpu": 99, "mem": 41}},
			{At: day.Add(time.Minute), Values: map[string]float64{"cpu": 98, "space": 70}},
		}}
	case "whatif":
		return api.HealthPlan{
			Policy: p, Unknown: []string{"n2"}, Colours: []ha.NodeColour{{Node: "n1", Kind: ha.HealthCPU, Colour: ha.Red}, {Node: "n1", Kind: ha.HealthDisk, Colour: ha.Green}},
			Forecast: ha.Forecast{Quorate: true, Rest: true, Actions: []ha.ForecastAction{{Kind: "move", Resource: "pg", From: "n1", To: "n2"}}, Services: []ha.Interruption{{Service: "pg", Ends: true, OutageMS: 900, Exact: true}}},
		}
	}
	return api.HealthShown{
		Policy: p, Held: []string{"pg"}, Version: &ha.Version{Epoch: 7}, Services: []string{"pg"},
		Agents:   []ha.HealthAgent{{Resource: "smart", Agent: "ocf:pacemaker:HealthSMART", Attribute: "#health-smart", Kind: ha.HealthDisk, Measures: []string{"smart"}}},
		Mistakes: []ha.HealthMistake{{Node: "n1", Name: "hawser-health-cpu", Value: "red=x", Why: "red=x"}},
		Nodes: []api.HealthNode{
			{Node: "n1", Online: true, Colour: ha.Red, Health: &ha.NodeHealth{Node: "n1", Kinds: []ha.KindHealth{
				{Kind: ha.HealthCPU, Colour: ha.Red, Since: day, Readings: []ha.HealthReading{{Measure: "cpu", Percent: 99, Yellow: 80, Red: 95, Colour: ha.Red}}},
				{Kind: ha.HealthMemory, Off: "kind_off", Readings: []ha.HealthReading{{Measure: "mem", Percent: 41}}},
				{Kind: ha.HealthDisk, Colour: ha.Green, Since: day, Readings: []ha.HealthReading{{Measure: "space", Object: "/srv", Percent: 70, Yellow: 85, Red: 95}, {Measure: "iowait", Error: "no figures", Yellow: 30, Red: 60}}},
			}}},
			{Node: "n2", Online: true, Colour: ha.Green},
		},
	}
}
