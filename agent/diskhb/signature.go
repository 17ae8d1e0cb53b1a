package diskhb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Signature is something that a device carries.
type Signature struct {
	Kind   string `json:"kind"`            // for example ext4, lvm2, gpt
	Offset int64  `json:"offset"`          // where its mark is
	Label  string `json:"label,omitempty"` // what it calls itself, where it is ours
}

func (s Signature) String() string { return fmt.Sprintf("%s at byte %d", s.Kind, s.Offset) }

// mark is a magic number at a place.
type mark struct {
	kind   string
	offset int64 // below 0: from the end of the device
	magic  string
}

// marks are what a device may be known by. Sources: libblkid's superblock and partition probers (util-linux 2.38), each file named for its kind.
var marks = []mark{
	{"ext", 0x438, "\x53\xef"},
	{"xfs", 0, "XFSB"},
	{"btrfs", 0x10040, "_BHRfS_M"},
	{"bcachefs", 0x1018, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"},
	{"f2fs", 0x400, "\x10\x20\xf5\xf2"},
	{"ocfs2", 0x400, "OCFSV2"},
	{"ocfs2", 0x800, "OCFSV2"},
	{"ocfs2", 0x1000, "OCFSV2"},
	{"gfs2", 0x10000, "\x01\x16\x19\x70"},
	{"reiserfs", 0x10034, "ReIsEr"},
	{"jfs", 0x8000, "JFS1"},
	{"nilfs2", 0x406, "\x34\x34"},
	{"erofs", 0x400, "\xe2\xe1\xf5\xe0"},
	{"squashfs", 0, "hsqs"},
	{"ntfs", 3, "NTFS    "},
	{"exfat", 3, "EXFAT   "},
	{"vfat", 0x36, "FAT"},
	{"vfat", 0x52, "FAT32   "},
	{"iso9660", 0x8001, "CD001"},
	{"udf", 0x8001, "BEA01"},
	{"vmfs", 0x100000, "\x0d\xd0\x01\xc0"},
	{"vmfs_lvm", 0x100000, "\x0d\xd0\x01\xc0"},
	{"luks", 0, "LUKS\xba\xbe"},
	{"luks", 0x4000, "SKUL\xba\xbe"},
	{"bitlocker", 0, "\xeb\x58\x90-FVE-FS-"},
	{"lvm2", 0x018, "LVM2 001"},
	{"lvm2", 0x218, "LVM2 001"},
	{"lvm2", 0x418, "LVM2 001"},
	{"lvm2", 0x618, "LVM2 001"},
	{"lvm1", 0, "HM\x01\x00"},
	{"md", 0, "\xfc\x4e\x2b\xa9"},
	{"md", 0x1000, "\xfc\x4e\x2b\xa9"},
	{"md", -0x2000, "\xfc\x4e\x2b\xa9"},
	{"bcache", 0x1018, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"},
	{"swap", 0xff6, "SWAPSPACE2"},
	{"swap", 0xff6, "SWAP-SPACE"},
	{"swap", 0xfff6, "SWAPSPACE2"},
	{"hibernation", 0xff6, "S1SUSPEND"},
	{"drbd", -0x1000 + 0x3c, "\x83\x74\x02\x6d"},
	{"drbd", -0x1000 + 0x3c, "\x83\x74\x02\x6c"},
	{"drbd", -0x1000 + 0x3c, "\x83\x74\x02\x6b"},
	{"gpt", 512, "EFI PART"},
	{"gpt", 4096, "EFI PART"},
	{"gpt", -512, "EFI PART"},
	{"gpt", -4096, "EFI PART"},
	{"sbd", 0, "SBD_SBD_"},
	{"oracleasm", 0x20, "ORCLDISK"},
	{"zfs", 0x20000 + 0, "\x0c\xb1\xba\x00"},
	{"stratis", 0x204, "!Stra0tis\x86\xff\x02^\x41rh"},
	{"vdo", 0, "dmvdo001"},
	{"ceph", 0, "bluestore block device"},
	{"hawser", 0, string(superMagic[:])},
	{"hawser", BlockSize, string(superMagic[:])},
}

// zfs keeps its labels' uberblocks from 128 KiB on, one each KiB or more, in the byte order of who wrote them.
const (
	zfsFirst, zfsEnd = 0x20000, 0x40000
	zfsMagic         = 0x00bab10c
)

// Signatures returns what a device carries, as far as Hawser knows it. That nothing is found does not say that there is nothing: blkid knows
// more, and a device that is not empty may be somebody's raw data, which Blank tells.
func Signatures(d Device) ([]Signature, error) {
	var found []Signature
	size := d.Size()
	var buf []byte
	bufAt := int64(-1)
	at := func(off int64, n int) ([]byte, error) {
		start := off &^ (BlockSize - 1)
		if start != bufAt {
			if buf == nil {
				buf = alignedBlocks(2)
			}
			n := int64(len(buf))
			if start+n > size {
				n = BlockSize
			}
			if start+n > size {
				return nil, nil
			}
			clear(buf)
			if err := d.ReadAt(buf[:n], start); err != nil {
				return nil, err
			}
			bufAt = start
		}
		return buf[off-start : off-start+int64(n)], nil
	}
	add := func(kind string, off int64) {
		for _, f := range found {
			if f.Kind == kind {
				return
			}
		}
		found = append(found, Signature{Kind: kind, Offset: off})
	}
	for _, m := range marks {
		off := m.offset
		if off < 0 {
			off += size &^ 511
		}
		if off < 0 || off+int64(len(m.magic)) > size {
			continue
		}
		b, err := at(off, len(m.magic))
		if err != nil {
			return nil, err
		}
		if b != nil && bytes.Equal(b, []byte(m.magic)) {
			add(m.kind, off)
		}
	}
	for off := int64(zfsFirst); off < min(zfsEnd, size); off += 1024 {
		b, err := at(off, 8)
		if err != nil {
			return nil, err
		}
		if b != nil && (binary.LittleEndian.Uint64(b) == zfsMagic || binary.BigEndian.Uint64(b) == zfsMagic) {
			add("zfs", off)
			break
		}
	}
	// A partition table of the old kind has a weak mark, two bytes; boot sectors have it as well, which were named above.
	b, err := at(0, 512)
	if err != nil {
		return nil, err
	}
	if b != nil && b[510] == 0x55 && b[511] == 0xaa && len(found) == 0 {
		add("dos", 510)
	}
	if len(found) > 0 && found[0].Kind == "hawser" {
		if s, err := ReadSuper(d); err == nil {
			found[0].Label = s.Cluster
		}
	}
	return found, nil
}

// Foreign is what must never be there while the link runs: marks in the superblocks' place, or at the end of the device. What lies between
// are frames, in which any mark may turn up by chance.
func Foreign(d Device) ([]Signature, error) {
	found, err := Signatures(d)
	out := found[:0]
	for _, f := range found {
		if f.Kind != "hawser" && (f.Offset < superblocks*BlockSize || f.Offset >= d.Size()-2*BlockSize) {
			out = append(out, f)
		}
	}
	return out, err
}

// Blank says whether the part of the device that a layout uses holds nothing but zeroes.
func Blank(d Device, s Super) (bool, error) {
	const chunk = 256
	buf := alignedBlocks(chunk)
	zero := make([]byte, len(buf))
	end := min(s.Size(), d.Size()&^(BlockSize-1))
	for off := int64(0); off < end; {
		n := min(int64(len(buf)), end-off)
		if err := d.ReadAt(buf[:n], off); err != nil {
			return false, err
		}
		if !bytes.Equal(buf[:n], zero[:n]) {
			return false, nil
		}
		off += n
	}
	return true, nil
}

// ErrNotShared says that what one node wrote is not what another one reads.
var ErrNotShared = errors.New("the device is not the same on all nodes")

// nonceSize is what a node writes into its probe block, HMAC apart.
const nonceSize = 32

// WriteProbe writes a nonce into this node's probe block.
func WriteProbe(d Device, s Super, node int, nonce []byte) error {
	if len(nonce) != nonceSize || node < 1 || node > s.Nodes {
		return fmt.Errorf("probe of node %d with %d bytes", node, len(nonce))
	}
	b := alignedBlocks(1)
	copy(b, "HWPB")
	binary.LittleEndian.PutUint32(b[4:], uint32(node))
	copy(b[8:], s.UUID[:])
	copy(b[24:], nonce)
	if err := d.WriteAt(b, s.probe(node)); err != nil {
		return fmt.Errorf("write probe: %w", err)
	}
	return nil
}

// ReadProbe says whether node's probe block holds the nonce.
func ReadProbe(d Device, s Super, node int, nonce []byte) error {
	b := alignedBlocks(1)
	if err := d.ReadAt(b, s.probe(node)); err != nil {
		return fmt.Errorf("read probe: %w", err)
	}
	if string(b[:4]) != "HWPB" || binary.LittleEndian.Uint32(b[4:]) != uint32(node) || !bytes.Equal(b[8:24], s.UUID[:]) || !bytes.Equal(b[24:24+nonceSize], nonce) {
		return fmt.Errorf("%w: what node %d wrote is not there", ErrNotShared, node)
	}
	return nil
}
