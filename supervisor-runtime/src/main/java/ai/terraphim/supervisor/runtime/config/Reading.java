package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reading of one text: whom to name in errors, how placeholders are replaced, and everything
 * that has been found wrong so far. A part that is wrong reads as null or as its default, so that
 * the rest can still be checked.
 */
final class Reading {
    private final String source;
    private final Placeholders placeholders;
    private final Set<Problem> problems = new LinkedHashSet<>();
    private final List<Problem> warnings = new ArrayList<>();

    Reading(String source, Placeholders placeholders) {
        this.source = source;
        this.placeholders = placeholders;
    }

    /** Notes a problem; one that is found again, where something is read twice, stays one. */
    void problem(int line, String path, String message) {
        problems.add(new Problem(source, line, path, message));
    }

    /** Notes something that is allowed and that its author may not have meant. */
    void warn(int line, String path, String message) {
        warnings.add(new Problem(source, line, path, message));
    }

    /** What was warned of, in the order of the lines. */
    List<Problem> warnings() {
        return inOrder(warnings);
    }

    private static List<Problem> inOrder(Collection<Problem> problems) {
        return problems.stream().sorted(Comparator.comparingInt(Problem::line)).toList();
    }

    /** How many problems there are so far: who finds more afterwards has read something wrong. */
    int problems() {
        return problems.size();
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigurationException if anything was wrong, with all of it in the order of the
     *     lines
     */
    void throwProblems() {
        if (!problems.isEmpty()) {
            throw new ConfigurationException(inOrder(problems));
        }
    }

    /** The keys of a mapping; empty if the node is none. */
    Optional<Fields> fields(Node node, String path) {
        if (node instanceof Node.Mapping mapping) {
            return Optional.of(new Fields(this, path, mapping.line(), entries(mapping, path)));
        }
        String fault = node instanceof Node.Scalar scalar ? scalar.fault() : "";
        problem(
                node.line(),
                path,
                fault.isEmpty() ? "must be a mapping with keys and values" : fault);
        return Optional.empty();
    }

    /** The entries of a mapping by their keys, which must be different. */
    Map<String, Node.Entry> entries(Node.Mapping mapping, String path) {
        Map<String, Node.Entry> entries = new LinkedHashMap<>();
        for (Node.Entry entry : mapping.entries()) {
            Node.Entry first = entries.putIfAbsent(entry.key(), entry);
            if (first != null) {
                problem(
                        entry.line(),
                        path.isEmpty() ? entry.key() : path + "." + entry.key(),
                        "is there twice: line " + first.line() + " has it, too; remove one");
            }
        }
        return entries;
    }

    /** What is written, with placeholders replaced; null if that is no text. */
    @Nullable String text(Node node, int line, String path) {
        if (!(node instanceof Node.Scalar scalar)) {
            problem(
                    line,
                    path,
                    "must be text, was "
                            + (node instanceof Node.Sequence ? "a list" : "a mapping"));
            return null;
        }
        if (!scalar.fault().isEmpty()) {
            problem(scalar.line(), path, scalar.fault());
            return null;
        }
        try {
            return placeholders.replaceIn(scalar.text());
        } catch (IllegalArgumentException e) {
            problem(scalar.line(), path, String.valueOf(e.getMessage()));
            return null;
        }
    }
}
