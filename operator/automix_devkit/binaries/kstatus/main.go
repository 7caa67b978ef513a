// Reads objects from standard input, a JSON document a line, and tells for each what kstatus makes of it; or Flux, which
// asks expressions in place of it, when given some: the healthCheckExprs of one kind, as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type verdict struct {
	Status  status.Status `json:"status"`
	Message string        `json:"message"`
}

type compute func(*unstructured.Unstructured) (*status.Result, error)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return judge(os.Stdin, os.Stdout, status.Compute)
	}
	var expressions kustomize.HealthCheckExpressions
	if err := json.Unmarshal([]byte(arguments[0]), &expressions); err != nil {
		return err
	}
	evaluator, err := cel.NewStatusEvaluator(&expressions)
	if err != nil {
		return err
	}
	return judge(os.Stdin, os.Stdout, func(object *unstructured.Unstructured) (*status.Result, error) {
		return evaluator.Evaluate(context.Background(), object)
	})
}

func judge(objects io.Reader, verdicts io.Writer, made compute) error {
	decoder, encoder := json.NewDecoder(objects), json.NewEncoder(verdicts)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		result, err := made(object)
		if err != nil {
			return err
		}
		if err := encoder.Encode(verdict{result.Status, result.Message}); err != nil {
			return err
		}
	}
}
