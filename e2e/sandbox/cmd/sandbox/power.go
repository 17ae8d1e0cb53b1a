package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"hawser/e2e/sandbox"
)

// delay reads an optional argument: a number of milliseconds, or a duration such as 5s.
func delay(args []string, at int) (time.Duration, error) {
	if len(args) <= at {
		return 0, nil
	}
	if n, err := strconv.Atoi(args[at]); err == nil && n >= 0 {
		return time.Duration(n) * time.Millisecond, nil
	}
	d, err := time.ParseDuration(args[at])
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q: must be a number of milliseconds, or a time such as 5s", args[at])
	}
	return d, nil
}

func lunFlag(cmd *cobra.Command, n *int) {
	cmd.Flags().IntVar(n, "lun", 0, "which of the shared disks, counted from 0")
}

func (r *root) lun() *cobra.Command {
	var disk int
	cmd := &cobra.Command{
		Use: "lun NODE ok|fail|hang|slow|gone [MILLISECONDS]", Short: "how a shared disk behaves towards a node; gone is its path removed", Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			f := sandbox.Fault{}
			if err := json.Unmarshal([]byte(strconv.Quote(args[1])), &f.Mode); err != nil {
				return err
			}
			if f.Delay, err = delay(args, 2); err != nil {
				return err
			}
			return s.Disk(disk).Set(cmd.Context(), args[0], f)
		},
	}
	lunFlag(cmd, &disk)
	return cmd
}

func (r *root) garbage() *cobra.Command {
	var disk int
	cmd := &cobra.Command{
		Use: "lun-garbage OFFSET LENGTH", Short: "write random bytes over a range of a shared disk, as a stranger", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			var n [2]int64
			for i := range n {
				if n[i], err = strconv.ParseInt(args[i], 0, 64); err != nil {
					return fmt.Errorf("%q: must be a number of bytes", args[i])
				}
			}
			return s.Disk(disk).Garbage(cmd.Context(), n[0], n[1])
		},
	}
	lunFlag(cmd, &disk)
	return cmd
}

func (r *root) wipeDisk() *cobra.Command {
	var disk int
	cmd := &cobra.Command{
		Use: "wipe-disk", Short: "make a shared disk as new; no node may have it mounted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			return s.Disk(disk).Wipe(cmd.Context())
		},
	}
	lunFlag(cmd, &disk)
	return cmd
}

func (r *root) fenceDevice() *cobra.Command {
	var node string
	var device int
	cmd := &cobra.Command{
		Use: "fence-device ok|fail|hang|slow|lie|board [MILLISECONDS]", Short: "how a fence device behaves; board dies with its node's power", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			d, err := delay(args, 1)
			if err != nil {
				return err
			}
			return s.SetFenceDeviceNumber(cmd.Context(), device, node, sandbox.FenceMode{Mode: args[0], Delay: d})
		},
	}
	cmd.Flags().StringVar(&node, "node", "", "only for this node; all others keep theirs")
	cmd.Flags().IntVar(&device, "device", 1, "which of the fence devices, 1 to 3")
	return cmd
}
