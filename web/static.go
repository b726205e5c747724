// Package web holds everything that is seen: one template per page, the
// layout, the parts they share, and the static files. It is given view models
// with everything decided; it knows no store, no AWS, and no clock.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed static/*.css static/*.js static/*.svg
var staticFiles embed.FS

// An Asset is one static file, ready to be sent.
type Asset struct {
	Path   string // with its hash: "/static/app.3f9c2a1b.js"
	Type   string // content type
	Raw    []byte
	Gzip   []byte
	Brotli []byte
}

// assets reads, names and compresses the static files, once.
var assets = sync.OnceValues(func() (map[string]Asset, error) {
	names, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	found := make(map[string]Asset, len(names))
	for _, name := range names {
		raw, err := staticFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read static file %s: %w", name, err)
		}
		a, err := newAsset(path.Base(name), raw)
		if err != nil {
			return nil, err
		}
		found[path.Base(name)] = a
	}
	return found, nil
})

func newAsset(name string, raw []byte) (Asset, error) {
	sum := sha256.Sum256(raw)
	ext := path.Ext(name)
	a := Asset{
		Path: "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext,
		Type: mime.TypeByExtension(ext),
		Raw:  raw,
	}
	if ext == ".js" {
		a.Type = "text/javascript; charset=utf-8"
	}
	var zipped, squeezed bytes.Buffer
	gz, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return Asset{}, fmt.Errorf("compress static file %s: %w", name, err)
	}
	if _, err := gz.Write(raw); err != nil {
		return Asset{}, fmt.Errorf("compress static file %s: %w", name, err)
	}
	if err := gz.Close(); err != nil {
		return Asset{}, fmt.Errorf("compress static file %s: %w", name, err)
	}
	br := brotli.NewWriterLevel(&squeezed, brotli.BestCompression)
	if _, err := br.Write(raw); err != nil {
		return Asset{}, fmt.Errorf("compress static file %s: %w", name, err)
	}
	if err := br.Close(); err != nil {
		return Asset{}, fmt.Errorf("compress static file %s: %w", name, err)
	}
	a.Gzip, a.Brotli = zipped.Bytes(), squeezed.Bytes()
	return a, nil
}

// AssetByPath finds the static file that is served at a URL path, hash and
// all. A path with another hash is another file, and not found.
func AssetByPath(urlPath string) (Asset, bool) {
	all, err := assets()
	if err != nil {
		return Asset{}, false
	}
	for _, a := range all {
		if a.Path == urlPath {
			return a, true
		}
	}
	return Asset{}, false
}

// assetPath is where a static file is served; used by the layout.
func assetPath(name string) string {
	all, err := assets()
	if err != nil {
		return "/static/" + name
	}
	return all[name].Path
}
