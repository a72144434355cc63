// Package checks runs checks one after the other and goes on after a failure.
package checks

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"
)

// Check is one statement about a cloud.
type Check struct {
	Name string
	Run  func() error
}

// Run prints a line for each check, and ends the program: 1 when one failed.
func Run(groups ...[]Check) {
	failed, all := 0, 0
	for _, group := range groups {
		for _, check := range group {
			all++
			if err := guarded(check.Run); err != nil {
				failed++
				fmt.Printf("FAIL %s: %v\n", check.Name, err)
				continue
			}
			fmt.Printf("ok   %s\n", check.Name)
		}
	}
	fmt.Printf("%d checks, %d failed\n", all, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

// A client crashes on what is missing in an answer; other checks go on.
func guarded(run func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the client crashed: %v", cause)
		}
	}()
	return run()
}

// Equal says what differs from what was expected.
func Equal(what string, got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("%s: got %+v, want %+v", what, got, want)
}

// Until looks every few milliseconds until the state is the target; any state is passed by that is among the pending.
func Until(target string, pending []string, look func() (string, error)) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		state, err := look()
		if err != nil || state == target {
			return err
		}
		if !contains(pending, state) {
			return fmt.Errorf("unexpected state %q before %q", state, target)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("still %q, want %q", state, target)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func contains(all []string, one string) bool {
	for _, candidate := range all {
		if candidate == one {
			return true
		}
	}
	return false
}

// All joins what is wrong.
func All(problems ...error) error { return errors.Join(problems...) }
