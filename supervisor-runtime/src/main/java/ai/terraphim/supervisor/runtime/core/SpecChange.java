package ai.terraphim.supervisor.runtime.core;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Other specs for children that are there. What runs is left alone and follows its new spec from
 * the next start or stop on; children that are new are down; those that are not named any more keep
 * their specs and come last.
 */
final class SpecChange {
    private SpecChange() {}

    static void apply(SupervisorConfig changed, Children children) {
        if (changed.isPool()) {
            changeTemplate(changed.children().getFirst(), children);
        } else {
            changeChildren(changed.children(), children);
        }
    }

    private static void changeTemplate(ChildSpec template, Children children) {
        for (Child child = children.first(); child != null; child = child.next) {
            children.respecify(child, Template.successor(template, child.spec()));
        }
    }

    private static void changeChildren(List<ChildSpec> specs, Children children) {
        Set<Child> ordered = new LinkedHashSet<>();
        for (ChildSpec spec : specs) {
            Child present = children.find(spec.id());
            if (present == null) {
                ordered.add(new Child(spec, false));
            } else {
                children.respecify(present, spec);
                ordered.add(present);
            }
        }
        for (Child child = children.first(); child != null; child = child.next) {
            ordered.add(child);
        }
        children.rearrange(List.copyOf(ordered));
    }
}
