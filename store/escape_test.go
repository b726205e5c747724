package store

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A source is the store and the engine under it as their files have them,
// without tests.
type source struct {
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
}

// theSource reads the files, and further texts as files of the package that they
// name. Packages from outside stay unknown: what a variable is and where it was
// declared is known without them.
func theSource(t *testing.T, more ...string) source {
	t.Helper()
	src := source{fset: token.NewFileSet(), info: &types.Info{
		Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	known := engine{}
	for _, dir := range []string{"db", "."} { // the store knows the engine
		var files []*ast.File
		entries, err := os.ReadDir(dir)
		must(t, err)
		for _, e := range entries {
			name := e.Name()
			here, err := build.Default.MatchFile(dir, name)
			must(t, err)
			if here && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
				f, err := parser.ParseFile(src.fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
				must(t, err)
				files = append(files, f)
			}
		}
		path := filepath.Join("apifront/store", dir)
		for i, text := range more {
			f, err := parser.ParseFile(src.fset, fmt.Sprintf("more%d.go", i), text, parser.SkipObjectResolution)
			must(t, err)
			if f.Name.Name == filepath.Base(path) {
				files = append(files, f)
			}
		}
		conf := types.Config{Importer: known, Error: func(error) {}, FakeImportC: true}
		known[path], _ = conf.Check(path, src.fset, files, src.info) // errors are those of what is unknown
		src.files = append(src.files, files...)
	}
	return src
}

// An engine is the packages that are known to an import.
type engine map[string]*types.Package

func (e engine) Import(path string) (*types.Package, error) {
	if p := e[path]; p != nil {
		return p, nil
	}
	return nil, errors.New("unknown")
}

// writes says whether a call carries out a function in a transaction, and which.
func writes(call *ast.CallExpr) ast.Expr {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if f.Sel.Name == "write" && len(call.Args) == 2 {
			return call.Args[1]
		}
		if f.Sel.Name == "Write" && len(call.Args) == 3 {
			return call.Args[2]
		}
	case *ast.Ident:
		if (f.Name == "write" || f.Name == "Write") && len(call.Args) == 3 {
			return call.Args[2]
		}
	}
	return nil
}

// A complaint about what a function of a transaction does to what is outside
// of it, or where no function stands.
func (src source) escapes() []string {
	var list []string
	for _, f := range src.files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			arg := writes(call)
			if arg == nil {
				return true
			}
			if lit, ok := arg.(*ast.FuncLit); ok {
				list = append(list, src.changes(lit)...)
			} else {
				list = append(list, src.at(arg)+": what is carried out does not stand here")
			}
			return true
		})
	}
	return list
}

func (src source) at(n ast.Node) string { return src.fset.Position(n.Pos()).String() }

// changes are the places where a function changes a variable from outside.
func (src source) changes(lit *ast.FuncLit) []string {
	var list []string
	touch := func(n ast.Node, e ast.Expr, how string) {
		if id := root(e); id != nil && src.outside(lit, id) {
			list = append(list, fmt.Sprintf("%s: %s of outside is %s", src.at(n), id.Name, how))
		}
	}
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				touch(n, e, "assigned to")
			}
		case *ast.IncDecStmt:
			touch(n, n.X, "counted")
		case *ast.SendStmt:
			touch(n, n.Chan, "sent to")
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				touch(n, n.Key, "assigned to")
				touch(n, n.Value, "assigned to")
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				touch(n, n.X, "given away by its address")
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy", "close", "append"}, id.Name) {
				touch(n, n.Args[0], "changed by "+id.Name)
			}
			// A method of a pointer that is called on a variable may change it.
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
				if s := src.info.Selections[sel]; s != nil && s.Kind() == types.MethodVal && onPointer(s.Obj()) && !pointer(s.Recv()) {
					touch(n, sel.X, "changed by its method "+sel.Sel.Name)
				}
			}
		}
		return true
	})
	return list
}

// root is the variable that an expression is in.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// outside says whether a name is that of a variable declared outside.
func (src source) outside(lit *ast.FuncLit, id *ast.Ident) bool {
	v, ok := src.info.Uses[id].(*types.Var)
	return ok && (v.Pos() < lit.Pos() || v.Pos() > lit.End())
}

func onPointer(o types.Object) bool {
	f, ok := o.(*types.Func)
	return ok && f.Signature().Recv() != nil && pointer(f.Signature().Recv().Type())
}

func pointer(t types.Type) bool { _, ok := t.(*types.Pointer); return ok }

// No function of a transaction changes anything outside of it: what a try that
// was not stored left there would be believed.
func TestNothingEscapesATransaction(t *testing.T) {
	t.Parallel()
	src := theSource(t)
	for _, c := range src.escapes() {
		t.Error(c)
	}
	breaches := map[string]string{
		"assigned":        `n := 0; return s.write(ctx, func(t *tx) error { n = 1; return nil })`,
		"by two":          `var err error; return s.write(ctx, func(t *tx) error { _, err = t.count(ctx, "", 1); return err })`,
		"of a struct":     `var p Pass; return s.write(ctx, func(t *tx) error { p.Row = 1; return nil })`,
		"of a pointer":    `p := &Pass{}; return s.write(ctx, func(t *tx) error { p.Row = 1; return nil })`,
		"counted":         `n := 0; return s.write(ctx, func(t *tx) error { n++; return nil })`,
		"in a map":        `m := map[int]int{}; return s.write(ctx, func(t *tx) error { m[1] = 2; return nil })`,
		"scanned":         `n := 0; return s.write(ctx, func(t *tx) error { return t.QueryRowContext(ctx, "").Scan(&n) })`,
		"by a method":     `r := stepRow{}; return s.write(ctx, func(t *tx) error { r.adjust(1); return nil })`,
		"in a function":   `n := 0; return s.write(ctx, func(t *tx) error { func() { n = 1 }(); return nil })`,
		"of the store":    `return s.write(ctx, func(t *tx) error { s.reader = nil; return nil })`,
		"given by name":   `do := func(t *tx) error { return nil }; return s.write(ctx, do)`,
		"with a result":   `n := 0; _, err := write(ctx, s, func(t *tx) (int, error) { n = 1; return n, nil }); return err`,
		"added to":        `var l []int; return s.write(ctx, func(t *tx) error { _ = append(l, 1); return nil })`,
		"in the package":  `return s.write(ctx, func(t *tx) error { ErrConflict = nil; return nil })`,
		"through a range": `n := 0; return s.write(ctx, func(t *tx) error { for n = range 3 {}; return nil })`,
		"by the engine":   `n := 0; _, err := db.Write(ctx, s.DB, func(t *db.Tx) (int, error) { n = 1; return n, nil }); return err`,
	}
	what := slices.Sorted(maps.Keys(breaches))
	text := "package store; import (\"context\"; \"apifront/store/db\")\n"
	for i, name := range what { // each on a line of its own
		text += fmt.Sprintf("func (s *Store) breach%d(ctx context.Context) error { %s }\n", i, breaches[name])
	}
	below := `package db; import "context"
		func (d *DB) below(ctx context.Context) error { n := 0; return d.write(ctx, func(t *Tx) error { n = 1; return nil }) }
		func beside(ctx context.Context, d *DB) error { n := 0; _, err := Write(ctx, d, func(t *Tx) (int, error) { n = 1; return n, nil }); return err }`
	list := theSource(t, text, below).escapes()
	if here := slices.DeleteFunc(slices.Clone(list), func(c string) bool { return !strings.HasPrefix(c, "more1.go:") }); len(here) != 2 {
		t.Errorf("%q is said of two breaches in the engine", here)
	}
	for i, name := range what {
		here := slices.DeleteFunc(slices.Clone(list), func(c string) bool { return !strings.HasPrefix(c, fmt.Sprintf("more0.go:%d:", i+2)) })
		if len(here) != 1 {
			t.Errorf("%s: %q is said of %s", name, here, breaches[name])
		}
	}
}

// writers are the exported methods of a Store, its own and those of the engine,
// that lead to a transaction, by way of whatever else is in the two packages.
func (src source) writers() []string {
	calls := map[types.Object]map[types.Object]bool{}
	exported := map[types.Object]bool{}
	for _, f := range src.files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			me := src.info.Defs[fn.Name]
			calls[me] = map[types.Object]bool{}
			if fn.Recv != nil && fn.Name.IsExported() {
				exported[me] = true
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && src.info.Uses[id] != nil {
					calls[me][src.info.Uses[id]] = true
				}
				return true
			})
		}
	}
	reach := map[types.Object]bool{}
	for o := range calls {
		if o.Name() == "writeOnce" {
			reach[o] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for o, uses := range calls {
			for u := range uses {
				if reach[u] && !reach[o] {
					reach[o], grown = true, true
				}
			}
		}
	}
	var list []string
	for o := range reach {
		if exported[o] {
			list = append(list, o.Name())
		}
	}
	slices.Sort(list)
	return list
}

// The laws of refusals are asked of every method that writes.
func TestEveryMethodThatWritesIsJudged(t *testing.T) {
	t.Parallel()
	want := theSource(t).writers()
	got := slices.Sorted(maps.Keys(acts()))
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("%s writes, and no law asks it", name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("%s is asked, and does not write", name)
		}
	}
	more := theSource(t, "package store\nfunc (s *Store) Sly() error { return sly(s) }\nfunc sly(s *Store) error { return s.write(nil, func(*tx) error { return nil }) }")
	if !slices.Contains(more.writers(), "Sly") {
		t.Error("a method that writes by way of a function is not found")
	}
	more = theSource(t, "package db\nfunc (d *DB) Sly() error { _, err := Write(nil, d, func(*Tx) (int, error) { return 0, nil }); return err }",
		"package store\nimport \"apifront/store/db\"\nfunc (s *Store) Sneaky() { db.SignOfLife(nil, s.DB) }")
	for _, name := range []string{"Sly", "Sneaky"} {
		if !slices.Contains(more.writers(), name) {
			t.Errorf("%s, which writes by way of the engine, is not found", name)
		}
	}
}
