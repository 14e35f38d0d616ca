// parsemap is the judge of what aws-iam-authenticator reads in an aws-auth ConfigMap: it calls the authenticator's own
// ParseMap (pkg/mapper/configmap) and prints what came out.
//
// Standard input is a stream of JSON objects, the `data` of one ConfigMap each ({"mapRoles": "...", "mapUsers": "...",
// "mapAccounts": "..."}, every key optional); standard output has one line of JSON for each, in order and flushed at
// once, so one process can answer a whole property test.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

type verdict struct {
	Roles    []config.RoleMapping `json:"roles"`
	Users    []config.UserMapping `json:"users"`
	Accounts []string             `json:"accounts"`
	// Error is the text of ParseMap's error, empty where there was none. Rows that could be read stand beside it.
	Error string `json:"error"`
}

func judge(data map[string]string) verdict {
	users, roles, accounts, err := configmap.ParseMap(data)
	result := verdict{Roles: roles, Users: users, Accounts: accounts}
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

func run(in io.Reader, out io.Writer) error {
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		var data map[string]string
		if err := decoder.Decode(&data); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("the input is not a stream of JSON objects with text values: %w", err)
		}
		if err := encoder.Encode(judge(data)); err != nil {
			return err
		}
	}
}

func main() {
	// ParseMap logs what it returns as its error as well.
	logrus.SetOutput(io.Discard)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "parsemap:", err)
		os.Exit(1)
	}
}
