package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.ChildSpec;

/** What a scenario asks of a supervisor. An instance of a pool is called by a key. */
public sealed interface Operation {

    record StartChild(ChildSpec spec) implements Operation {}

    record StartInstance(String key) implements Operation {}

    record RestartChild(String id) implements Operation {}

    record TerminateChild(String id) implements Operation {}

    record TerminateInstance(String key) implements Operation {}

    record DeleteChild(String id) implements Operation {}

    record WhichChildren() implements Operation {}

    record CountChildren() implements Operation {}
}
