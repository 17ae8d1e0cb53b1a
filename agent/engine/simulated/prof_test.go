package simulated_test
import ("context";"sync";"time";"testing";"hawser/agent/run";"fmt";"os")
type prof struct{ mu sync.Mutex; last int; n map[string]int; d map[string]time.Duration }
func (p *prof) Run(ctx context.Context, c run.Command)(run.Output,error){ s:=time.Now(); o,e:=run.System{}.Run(ctx,c); if c.Name=="crm_simulate" { p.mu.Lock(); p.last++; if p.last==150 { os.WriteFile("/tmp/w/sim.out", o.Stdout, 0600) }; p.mu.Unlock() }; p.mu.Lock(); k:=c.Name; if len(c.Args)>0 {k+=" "+c.Args[0]}; p.n[k]++; p.d[k]+=time.Since(s); p.mu.Unlock(); return o,e}
var theProf = &prof{n:map[string]int{},d:map[string]time.Duration{}}
func TestZ(t *testing.T){ TestSuite(t); for k,v:=range theProf.n { fmt.Println(k,v,theProf.d[k]) } }
