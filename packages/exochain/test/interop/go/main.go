// Checks what this package exports and proves with the libraries that Go's checksum database is built on: the note, its
// Ed25519 signature, every tile, every entry, and the proofs. It shares no code and no author with what it checks.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// request is what the test wants checked; hashes are base64.
type request struct {
	Log       string `json:"log"`
	Key       string `json:"key"`
	Inclusion []struct {
		Index int64    `json:"index"`
		Path  []string `json:"path"`
	} `json:"inclusion"`
	Consistency []struct {
		From     int64    `json:"from"`
		FromRoot string   `json:"fromRoot"`
		To       int64    `json:"to"`
		ToRoot   string   `json:"toRoot"`
		Path     []string `json:"path"`
	} `json:"consistency"`
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail("request: %v", err)
	}
	tree, text := openCheckpoint(asked)
	reader := tlog.TileHashReader(tree, tiles{asked.Log})
	for _, line := range strings.Split(text, "\n")[3:] {
		if line != "" && !strings.Contains(line, " ") {
			fail("unexpected line %q", line)
		}
	}
	leaves := checkEntries(asked.Log, tree, reader)
	for _, proof := range asked.Inclusion {
		if err := tlog.CheckRecord(hashes(proof.Path), tree.N, tree.Hash, proof.Index, leaves[proof.Index]); err != nil {
			fail("inclusion of %d: %v", proof.Index, err)
		}
		theirs, err := tlog.ProveRecord(tree.N, proof.Index, reader)
		if err != nil || !equal(theirs, hashes(proof.Path)) {
			fail("inclusion of %d is not what tlog makes: %v", proof.Index, err)
		}
	}
	for _, proof := range asked.Consistency {
		path := hashes(proof.Path)
		if err := tlog.CheckTree(path, proof.To, hash(proof.ToRoot), proof.From, hash(proof.FromRoot)); err != nil {
			fail("consistency of %d and %d: %v", proof.From, proof.To, err)
		}
		root, err := tlog.TreeHash(proof.From, reader)
		if err != nil || root != hash(proof.FromRoot) {
			fail("root of %d is %v, got %v: %v", proof.From, root, proof.FromRoot, err)
		}
	}
	fmt.Printf("%d entries, %d inclusion and %d consistency proofs\n", tree.N, len(asked.Inclusion), len(asked.Consistency))
}

// openCheckpoint opens the note with the key alone and reads the tree from its text.
func openCheckpoint(asked request) (tlog.Tree, string) {
	verifier, err := note.NewVerifier(asked.Key)
	if err != nil {
		fail("key: %v", err)
	}
	bytes, err := os.ReadFile(filepath.Join(asked.Log, "checkpoint"))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	if err != nil {
		fail("note: %v", err)
	}
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 1 {
		fail("expected one signature verified and one of a type unknown here, got %d and %d", len(opened.Sigs), len(opened.UnverifiedSigs))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail("origin is not the name of the key")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("size: %v", err)
	}
	return tlog.Tree{N: size, Hash: hash(lines[2])}, opened.Text
}

// checkEntries reads all bundles and compares each entry's hash with its leaf; tiles are authenticated by the reader.
func checkEntries(log string, tree tlog.Tree, reader tlog.HashReader) []tlog.Hash {
	var leaves []tlog.Hash
	var indexes []int64
	for n := int64(0); n < tree.N; n += 1 << height {
		width := tree.N - n
		if width > 1<<height {
			width = 1 << height
		}
		tile := tlog.Tile{H: height, L: -1, N: n >> height, W: int(width)}
		bundle, err := os.ReadFile(filepath.Join(log, path(tile)))
		if err != nil {
			fail("entries: %v", err)
		}
		for i := int64(0); i < width; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				fail("bundle %d is short", n>>height)
			}
			length := int(binary.BigEndian.Uint16(bundle))
			leaves = append(leaves, tlog.RecordHash(bundle[2:2+length]))
			indexes = append(indexes, tlog.StoredHashIndex(0, n+i))
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			fail("bundle %d is long", n>>height)
		}
	}
	stored, err := reader.ReadHashes(indexes)
	if err != nil {
		fail("tiles: %v", err)
	}
	if !equal(stored, leaves) {
		fail("an entry is not that of its leaf")
	}
	return leaves
}

// tiles reads tiles as c2sp.org/tlog-tiles names them: without the height that Go puts first.
type tiles struct{ log string }

func (t tiles) Height() int                         { return height }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range wanted {
		bytes, err := os.ReadFile(filepath.Join(t.log, path(tile)))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func path(tile tlog.Tile) string {
	rest := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(rest, "data/", "entries/", 1)
}

func hash(text string) (h tlog.Hash) {
	bytes, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(bytes) != tlog.HashSize {
		fail("%q is not a hash", text)
	}
	copy(h[:], bytes)
	return h
}

func hashes(texts []string) []tlog.Hash {
	all := make([]tlog.Hash, 0, len(texts))
	for _, text := range texts {
		all = append(all, hash(text))
	}
	return all
}

func equal(a, b []tlog.Hash) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
