// SPDX-License-Identifier: Apache-2.0

// Verifies a log with nothing of ours: its signed checkpoint, that entries are in it, and that it
// begins with an older one.
//
//	verify VKEY-FILE DIR-OR-URL OLDER-CHECKPOINT-FILE INDEX...
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files string // the prefix of all paths

func (base files) read(path string) []byte {
	if !strings.HasPrefix(string(base), "http") {
		return must(os.ReadFile(string(base) + "/" + path))
	}
	answer := must(http.Get(string(base) + "/" + path))
	defer answer.Body.Close()
	require(answer.StatusCode == 200, path+": "+answer.Status)
	return must(io.ReadAll(answer.Body))
}

// As tlog.TileReader.
func (base files) Height() int                     { return 8 }
func (base files) SaveTiles([]tlog.Tile, [][]byte) {}
func (base files) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, tile := range tiles {
		all = append(all, base.read(strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
	}
	return all, nil
}

func (base files) entry(index, size int64) []byte {
	tile := tlog.Tile{H: 8, L: -1, N: index / 256, W: int(min(256, size-index/256*256))}
	bundle := base.read(strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1))
	for range index % 256 {
		bundle = bundle[2+int(binary.BigEndian.Uint16(bundle)):]
	}
	return bundle[2:][:binary.BigEndian.Uint16(bundle)]
}

func open(text []byte, verifier note.Verifier) tlog.Tree {
	opened := must(note.Open(text, note.VerifierList(verifier)))
	lines := strings.Split(opened.Text, "\n")
	require(len(lines) == 4 && lines[0] == verifier.Name(), "not a checkpoint of this log")
	root := must(base64.StdEncoding.DecodeString(lines[2]))
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: tlog.Hash(root)}
}

func main() {
	vkey := strings.TrimSpace(string(must(os.ReadFile(os.Args[1]))))
	verifier, base := must(note.NewVerifier(vkey)), files(os.Args[2])
	tree, older := open(base.read("checkpoint"), verifier), open(must(os.ReadFile(os.Args[3])), verifier)
	hashes := tlog.TileHashReader(tree, base)

	// Tiles say nothing (CVE-2026-56865): what is checked are proofs against the signed root.
	require(older.N <= tree.N, "the log is shorter than it was")
	consistency := must(tlog.ProveTree(tree.N, older.N, hashes))
	check(tlog.CheckTree(consistency, tree.N, tree.Hash, older.N, older.Hash))
	for _, argument := range os.Args[4:] {
		index := must(strconv.ParseInt(argument, 10, 64))
		inclusion := must(tlog.ProveRecord(tree.N, index, hashes))
		check(tlog.CheckRecord(inclusion, tree.N, tree.Hash, index, tlog.RecordHash(base.entry(index, tree.N))))
	}
	fmt.Printf("verified %d entries of %d, and %d before\n", len(os.Args)-4, tree.N, older.N)
}

func must[T any](value T, err error) T { check(err); return value }

func require(holds bool, what string) {
	if !holds {
		check(fmt.Errorf("%s", what))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "rejected:", err)
		os.Exit(1)
	}
}
