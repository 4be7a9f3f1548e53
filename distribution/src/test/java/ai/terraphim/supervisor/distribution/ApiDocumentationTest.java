package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * Every public or protected member of the API has a comment. Doclint can tell as well, but not
 * without also demanding tags that only repeat the signature.
 */
class ApiDocumentationTest {

    @Test
    void everyPublicMemberOfTheApiHasAComment() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<Path> sources =
                    Modules.javaFiles(Modules.directory("supervisor-api").resolve("src/main/java"));
            assertThat(sources).isNotEmpty();
            assertThat(undocumented(files.getJavaFileObjectsFromPaths(sources))).isEmpty();
        }
    }

    @Test
    void noticesWhatHasNoComment() {
        String source =
                """
                package p;
                /** Documented. */
                public interface Known {
                    void silent();
                    /** Said. */
                    void said();
                    record Value(int x) {
                        public Value { }
                        public Value(String s) { this(0); }
                        @Override public String toString() { return ""; }
                        private void hidden() { }
                    }
                    /** Kinds. */
                    enum Kind { A, /** B. */ B; private final int x = 1; }
                }
                class Hidden { public void open() { } }
                """;
        assertThat(undocumented(List.of(new Text(source))))
                .extracting(found -> found.substring(found.lastIndexOf(' ') + 1))
                .containsExactly("silent", "Value", "<init>", "A");
    }

    private static List<String> undocumented(Iterable<? extends JavaFileObject> sources) {
        JavacTask task =
                (JavacTask)
                        ToolProvider.getSystemJavaCompiler()
                                .getTask(null, null, null, null, null, sources);
        var scanner = new Scanner(DocTrees.instance(task));
        try {
            for (CompilationUnitTree unit : task.parse()) {
                scanner.scan(unit, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return scanner.found;
    }

    private static final class Scanner extends TreePathScanner<Void, Void> {
        private final DocTrees docs;
        private final List<String> found = new ArrayList<>();

        private Scanner(DocTrees docs) {
            this.docs = docs;
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            if (!isOpen(type.getModifiers())) {
                return null;
            }
            require(type.getSimpleName().toString());
            return super.visitClass(type, null);
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            boolean overrides =
                    method.getModifiers().getAnnotations().stream()
                            .anyMatch(annotation ->
                                    annotation.getAnnotationType().toString().equals("Override"));
            if (isOpen(method.getModifiers()) && !overrides && !isCompactConstructor(method)) {
                require(method.getName().toString());
            }
            return null;
        }

        @Override
        public Void visitVariable(VariableTree field, Void unused) {
            if (isOpen(field.getModifiers()) && !isRecordComponent()) {
                require(field.getName().toString());
            }
            return null;
        }

        private boolean isOpen(ModifiersTree modifiers) {
            Set<Modifier> flags = modifiers.getFlags();
            if (flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED)) {
                return true;
            }
            boolean inInterface =
                    getCurrentPath().getParentPath().getLeaf() instanceof ClassTree outer
                            && (outer.getKind() == Tree.Kind.INTERFACE
                                    || outer.getKind() == Tree.Kind.ANNOTATION_TYPE);
            return inInterface && !flags.contains(Modifier.PRIVATE);
        }

        /** A canonical constructor adds checks to what the comment of its record describes. */
        private boolean isCompactConstructor(MethodTree method) {
            if (!(getCurrentPath().getParentPath().getLeaf() instanceof ClassTree outer)
                    || outer.getKind() != Tree.Kind.RECORD
                    || !method.getName().contentEquals("<init>")) {
                return false;
            }
            // The tree gives it parameters; only the source shows that it has no parentheses.
            CompilationUnitTree unit = getCurrentPath().getCompilationUnit();
            int start = (int) docs.getSourcePositions().getStartPosition(unit, method);
            int body = (int) docs.getSourcePositions().getStartPosition(unit, method.getBody());
            try {
                String head =
                        unit.getSourceFile()
                                .getCharContent(true)
                                .subSequence(start, body)
                                .toString();
                return !head.contains("(");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean isRecordComponent() {
            return getCurrentPath().getParentPath().getLeaf() instanceof ClassTree outer
                    && outer.getKind() == Tree.Kind.RECORD
                    && !((VariableTree) getCurrentPath().getLeaf())
                            .getModifiers()
                            .getFlags()
                            .contains(Modifier.STATIC);
        }

        private void require(String name) {
            TreePath path = getCurrentPath();
            if (docs.getDocComment(path) == null) {
                CompilationUnitTree unit = path.getCompilationUnit();
                long start = docs.getSourcePositions().getStartPosition(unit, path.getLeaf());
                found.add(
                        "%s:%d %s"
                                .formatted(
                                        unit.getSourceFile().getName(),
                                        unit.getLineMap().getLineNumber(start),
                                        name));
            }
        }
    }

    private static final class Text extends SimpleJavaFileObject {
        private final String source;

        private Text(String source) {
            super(URI.create("string:///p/Known.java"), Kind.SOURCE);
            this.source = source;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
        }
    }
}
