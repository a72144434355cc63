// Command testserver is what the lab's tests run in pods: a page that tells who answered, and an
// admission webhook that always allows or always denies.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"sort"
)

// review is the part of admission.k8s.io/v1 AdmissionReview that a webhook reads and writes.
type review struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID string `json:"uid"`
}

type response struct {
	UID     string  `json:"uid"`
	Allowed bool    `json:"allowed"`
	Status  *status `json:"status,omitempty"`
}

type status struct {
	Message string `json:"message"`
}

func main() {
	plain := flag.String("http", ":8080", "address of the plain listener; empty for none")
	secure := flag.String("https", ":8443", "address of the TLS listener; used when -cert is given")
	cert := flag.String("cert", "", "certificate chain, PEM file")
	key := flag.String("key", "", "private key, PEM file")
	flag.Parse()

	mux := http.NewServeMux()
	mux.HandleFunc("/", page)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("POST /allow", admission(true))
	mux.HandleFunc("POST /deny", admission(false))

	failed := make(chan error)
	if *cert != "" {
		go func() { failed <- http.ListenAndServeTLS(*secure, *cert, *key, mux) }()
	}
	if *plain != "" {
		go func() { failed <- http.ListenAndServe(*plain, mux) }()
	}
	log.Fatal(<-failed)
}

// page answers with the pod's name on the first line, then the request as it arrived.
func page(w http.ResponseWriter, r *http.Request) {
	name, err := os.Hostname()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "pod %s\nfrom %s\n%s %s %s\nhost: %s\n", name, r.RemoteAddr, r.Method, r.URL, r.Proto, r.Host)
	headers := make([]string, 0, len(r.Header))
	for header := range r.Header {
		headers = append(headers, header)
	}
	sort.Strings(headers)
	for _, header := range headers {
		for _, value := range r.Header[header] {
			fmt.Fprintf(w, "%s: %s\n", header, value)
		}
	}
}

func admission(allowed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var got review
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.Request == nil {
			http.Error(w, "not an AdmissionReview", http.StatusBadRequest)
			return
		}
		answer := response{UID: got.Request.UID, Allowed: allowed}
		if !allowed {
			answer.Status = &status{Message: "denied by hardway-test"}
		}
		log.Printf("review %s: allowed=%t", answer.UID, allowed)
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(review{APIVersion: got.APIVersion, Kind: got.Kind, Response: &answer}); err != nil {
			log.Print(err)
		}
	}
}
