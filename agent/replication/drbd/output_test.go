package drbd

import (
	"reflect"
	"testing"
)

// The outputs are as drbdsetup of drbd-utils 9.22 prints them: that of 8.4, and that of 9.

const events84 = `exists resource name:data role:Primary suspended:no
exists connection name:data peer-node-id:0 conn-name:peer connection:Connected role:Secondary congested:no
exists device name:data volume:0 minor:3 disk:UpToDate read:1044 written:8192
exists peer-device name:data peer-node-id:0 conn-name:peer volume:0 replication:SyncSource peer-disk:Inconsistent resync-suspended:no received:0 sent:12288 out-of-sync:249856
exists resource name:alone role:Secondary suspended:user
exists device name:alone volume:0 minor:4 disk:Diskless
exists -
`

const events9 = `exists resource name:data role:Secondary suspended:no may_promote:no promotion_score:10102
exists connection name:data peer-node-id:1 conn-name:n2 connection:Connected role:Primary congested:no ap-in-flight:0 rs-in-flight:0
exists device name:data volume:0 minor:3 backing_dev:/dev/vg0/data disk:UpToDate client:no quorum:yes size:262100 read:0 written:0 al-writes:0 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:no blocked:no
exists device name:data volume:1 minor:5 disk:Inconsistent client:no quorum:no size:1024
exists peer-device name:data peer-node-id:1 conn-name:n2 volume:0 replication:SyncTarget peer-disk:UpToDate peer-client:no resync-suspended:user,peer done:12.34 received:4 sent:0 out-of-sync:229760 pending:0 unacked:0
exists path name:data peer-node-id:1 conn-name:n2 local:ipv4:10.0.0.1:7788 peer:ipv4:10.0.0.2:7788 established:yes
exists -
nonsense
exists device name:
exists resource
`

func TestEvents84(t *testing.T) {
	p := parseEvents(events84)
	r, x := p.of("data")
	if r == nil || r.role != "Primary" || r.suspended || x == nil || x.minor != 3 || x.disk != "UpToDate" || x.size != 0 || len(r.peers) != 1 {
		t.Fatalf("%+v, %+v", r, x)
	}
	for _, o := range r.peers {
		if o.name != "peer" || o.connection != "Connected" || o.role != "Secondary" || !reflect.DeepEqual(o.devices[0], &peerDevice{replication: "SyncSource", disk: "Inconsistent", paused: "no", outOfSync: 249856}) {
			t.Errorf("%+v", o)
		}
	}
	if r, x := p.of("alone"); r == nil || !r.suspended || x.disk != "Diskless" || len(r.peers) != 0 {
		t.Errorf("%+v, %+v", r, x)
	}
	if r, _ := p.of("nothing"); r != nil {
		t.Errorf("%+v", r)
	}
}

func TestEvents9(t *testing.T) {
	p := parseEvents(events9)
	r, x := p.of("data/1")
	if r == nil || x == nil || x.minor != 5 || x.quorum != "no" || x.size != 1024 || len(r.peers) != 1 {
		t.Fatalf("%+v, %+v", r, x)
	}
	o := r.peers["1"]
	if o == nil || o.name != "n2" || o.devices[0].done != 12.34 || o.devices[0].paused != "user,peer" || o.devices[0].outOfSync != 229760 {
		t.Errorf("%+v", o)
	}
}

const proc84 = `version: 8.4.11 (api:1/proto:86-101)
srcversion: 1234567890ABCDEF12345678
 3: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----
    ns:12288 nr:0 dw:0 dr:12288 al:0 bm:0 lo:0 pe:1 ua:0 ap:0 ep:1 wo:f oos:249856
	[>....................] sync'ed:  4.7% (249856/262144)K
	finish: 0:00:20 speed: 12,288 (12,288) K/sec
 4: cs:VerifyS ro:Secondary/Secondary ds:UpToDate/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:8
	[=>..................] verified: 12.3% (200/256)M
 5: cs:Unconfigured
`

func TestProc(t *testing.T) {
	got := parseProc(proc84)
	want := map[int]counters{3: {outOfSync: 249856, progress: &progress{249856, 262144}}, 4: {outOfSync: 8, progress: &progress{200 << 10, 256 << 10}}, 5: {}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for _, text := range []string{"", "1/2", "(1/2)K", "x/y)K", "5/0)K", "-1/5)K", "1/2)"} {
		if p := parseProgress(text); p != nil && text != "1/2)" {
			t.Errorf("%q: %+v", text, p)
		}
	}
}

func TestHostOf(t *testing.T) {
	for text, want := range map[string]string{"ipv4:10.0.0.2:7788": "10.0.0.2", "ipv6:[fd00::2]:7788": "fd00::2", "": ""} {
		if got := hostOf(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestGeneration(t *testing.T) {
	got := parseGeneration("5A3C0F7E11223344:0000000000000000:AAAAAAAAAAAAAAAA:BBBBBBBBBBBBBBBB:1:1:0:1:0:0:0\n")
	if !reflect.DeepEqual(got, []string{"5A3C0F7E11223344", "0000000000000000", "AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBB"}) {
		t.Errorf("got %v", got)
	}
	if got := parseGeneration("no metadata"); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestListening(t *testing.T) {
	got := listening("  sl  local_address rem_address   st\n   0: 0100007F:1E6C 00000000:0000 0A 0\n   1: 0100007F:0016 0100007F:9C40 01 0\n   2: 00000000000000000000000000000000:1E6D 0:0 0A\n")
	if !reflect.DeepEqual(got, []int{7788, 7789}) {
		t.Errorf("got %v", got)
	}
}

func FuzzOutput(f *testing.F) {
	f.Add(events84)
	f.Add(events9)
	f.Add(proc84)
	f.Fuzz(func(_ *testing.T, text string) {
		parseEvents(text).of("data/0")
		parseProc(text)
		parseGeneration(text)
		listening(text)
		hostOf(text)
	})
}
