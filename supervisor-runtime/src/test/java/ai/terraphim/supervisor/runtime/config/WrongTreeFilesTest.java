package ai.terraphim.supervisor.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.terraphim.supervisor.api.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused in a tree file or warned of, and in which words. */
class WrongTreeFilesTest {
    @TempDir private Path folder;
    private TreeFiles files;

    @BeforeEach
    void knowTheTypes() {
        files = new TreeFiles(folder);
    }

    @Test
    void namesAFileThatCannotBeRead() throws IOException {
        Path missing = folder.resolve("missing.yaml");
        assertThatThrownBy(() -> TreeFile.read(missing, files.types(), folder))
                .hasMessage(missing + ": there is no such file; check the path");
        assertThatThrownBy(() -> TreeFile.read(folder, files.types(), folder))
                .hasMessage(folder + ": is a folder; name a tree file");
        Path binary =
                Files.write(
                        folder.resolve("binary.yaml"), new byte[] {'a', (byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> TreeFile.read(binary, files.types(), folder))
                .hasMessage(binary + ": is not UTF-8 text; save it as UTF-8");
        Path huge = Files.write(folder.resolve("huge.yaml"), new byte[3_000_001]);
        assertThatThrownBy(() -> TreeFile.read(huge, files.types(), folder))
                .hasMessage(huge + ": is larger than 3 MB; is this a tree file?");
    }

    static Stream<Arguments> wrongDocuments() {
        return Stream.of(
                wrong("# nothing\n", "is empty"),
                wrong("hello", "1: must be a mapping with keys and values"),
                wrong("- a\n", "1: must be a mapping with keys and values"),
                wrong(
                        "runtime: demo",
                        "1: supervisor: is missing; add supervisor: with id, strategy and children"),
                wrong("supervisor: []", "1: supervisor: must be a mapping with keys and values"),
                wrong(
                        "runtime: a\n---\nruntime: b",
                        "3: has more after its end; one file holds one document"),
                wrong(
                        "runtime: a b\nsupervisr:\n  id: r\nsupervisor:\n  id: r\n",
                        "1: runtime: may have letters, digits, '_', '.' and '-', was 'a b'",
                        "2: supervisr: is not known here; did you mean 'supervisor'?"
                                + " the keys of a tree file are: runtime, store, on_store_failure, dependencies, supervisor"),
                wrong(
                        "supervisor:\n  id: r\n  children:\n\t- id: a\n",
                        "4: is not valid YAML: while scanning for the next token: found character '\\t(TAB)' that cannot"
                                + " start any token. (Do not use \\t(TAB) for indentation)"),
                wrong(
                        "supervisor:\n  id: [a\n",
                        "3: is not valid YAML: while parsing a flow sequence: expected ',' or ']', but got <stream end>"),
                wrong(
                        "a: 1\nb: .inf\n",
                        "2: cannot be parsed: Malformed numeric value '.inf: (java.lang."
                                + "NumberFormatException) illegal syntax"),
                wrong(
                        "a: x\u0007\n",
                        "1: has an invisible control character (U+0007); is this a text file?"),
                wrong(
                        "{ \"a\": 1,\n \"b\" 2 }",
                        "2: cannot be parsed: Unexpected character ('2' (code 50)): was expecting"
                                + " a colon to separate property name and value"),
                wrong(
                        "[".repeat(120) + "]".repeat(120),
                        "1: is nested more than 100 levels deep; flatten it"),
                tree("id: r\nid: s", "3: r.id: is there twice: line 2 has it, too; remove one"),
                tree(
                        "id: r\nchildren:\n- &a { id: a, type: idle }\n- *a\n- id: b\n  type: idle\n  config:\n    x: 1\n"
                                + "    x: 1e999\n    y: !!binary aGk=\n    z: *a\n",
                        "5: r.children[1]: is an alias (*a), which is not supported; write it out",
                        "9: r/b.config.x: is not known here: this takes no configuration; remove it",
                        "10: r/b.config.x: is there twice: line 9 has it, too; remove one",
                        "11: r/b.config.y: is binary, which is not supported; write it as text",
                        "12: r/b.config.z: is an alias (*a), which is not supported; write it out"));
    }

    static Stream<Arguments> wrongSupervisors() {
        return Stream.of(
                wrong(
                        """
                        store:
                          durability: ful
                          history: { max_facts: 0, max_age: 0s }
                          histroy: {}
                          orphans: { max_age: ever }
                        supervisor: { id: root }
                        """,
                        "2: store.durability: was 'ful'; did you mean 'full'? the words are: full, normal",
                        "3: store.history.max_facts: must be from 1 to 1000000000, was 0",
                        "3: store.history.max_age: must be longer than zero, was 0s",
                        "4: store.histroy: is not known here; did you mean 'history'? the keys are: durability, history, orphans",
                        "5: store.orphans.max_age: is not a duration, was 'ever'; write a whole number with its unit, as in 200ms, 5s, 2m or 1h, or never"),
                tree(
                        "strategy: one_for_one",
                        "2: supervisor.id: is missing; every child has an id"),
                tree("id: ''", "2: supervisor.id: an id must not be empty"),
                tree(
                        "id: a/b",
                        "2: a/b.id: the id 'a/b' has a slash or a control character; use another"),
                tree(
                        "id: r\nstrategy: one-for-one\nrestart: always\nshutdown: 5\nintensity: often\nmax_children: 0\nstart: later",
                        "3: r.strategy: was 'one-for-one'; did you mean 'one_for_one'?"
                                + " the words are: one_for_one, one_for_all, rest_for_one, simple_one_for_one",
                        "4: r.restart: was 'always'; the words are: permanent, transient, temporary",
                        "5: r.shutdown: has no unit, was '5'; write a whole number with its unit, as in 200ms, 5s, 2m or"
                                + " 1h; or brutal_kill, or infinity",
                        "6: r.intensity: must be { max_restarts: 5, time_window: 60s }, or one of the words lenient,"
                                + " strict, never",
                        "7: r.max_children: must be 1 or more, was 0",
                        "8: r.start: was 'later'; the words are: sync, async"),
                tree(
                        "id: r\nintensity:\n  max_restarts: -1\n  time_window: 0s\n  period: 5s",
                        "4: r.intensity.max_restarts: must be 0 or more, was -1",
                        "5: r.intensity.time_window: must be longer than zero, was 0s",
                        "6: r.intensity.period: is not known here; the keys are: max_restarts, time_window"),
                tree(
                        "id: r\nstrategy: simple_one_for_one\nauto_shutdown: always\nchildren:\n"
                                + "- { id: a, type: idle, significant: true }\n"
                                + "- { id: b, type: idle, significant: perhaps }",
                        "4: r.auto_shutdown: was 'always'; the words are: never, any_significant, all_significant",
                        "5: r.children: are 2, but a pool (simple_one_for_one) has exactly one child,"
                                + " the template of its instances",
                        "6: r/a.significant: is for a child that can be done, and a permanent one never is;"
                                + " make it transient or temporary",
                        "6: r/a.significant: needs auto_shutdown: any_significant or all_significant in r;"
                                + " add it there, or remove this",
                        "7: r/b.significant: must be true or false, was 'perhaps'"),
                tree(
                        "id: r\nstrategy: simple_one_for_one",
                        "3: r.children: are 0, but a pool (simple_one_for_one) has exactly one child,"
                                + " the template of its instances"),
                tree(
                        "id: r\nmax_children: 1\nchildren:\n- { id: a, type: idle }\n- { id: b, type: idle }",
                        "4: r.children: are 2, but max_children is 1; raise it"),
                tree(
                        "id: r\nchildren:\n- { id: a, type: idle }\n- id: a\n  type: idle\n- { id: '${env:A}', type: idle }",
                        "5: r/a.id: is there twice: line 4 has a child with the id 'a', too; give one of them another",
                        "7: r/${env:A}.id: is there twice: line 4 has a child with the id 'a', too;"
                                + " give one of them another"),
                tree(
                        "id: r\nchildren: { a: 1 }",
                        "3: r.children: must be a list, each child after a '- '"),
                tree(
                        "id: r\nchildren:\n- hello\n- { type: idle }\n- { id: x }\n- id: y\n  type: idle\n  children: []\n"
                                + "- { id: z, type: idle, strategy: one_for_one }\n- { id: w, type: '' }\n- { id: [], type: {} }",
                        "4: r.children[0]: must be a mapping with keys and values",
                        "5: r.children[1].id: is missing; every child has an id",
                        "6: r/x: is neither an agent nor a supervisor;"
                                + " add type: for an agent, or children: for a supervisor",
                        "8: r/y: has both type and children; an agent has a type, a supervisor has strategy and children:"
                                + " remove one",
                        "10: r/z: has both type and strategy; an agent has a type, a supervisor has strategy and children:"
                                + " remove one",
                        "11: r/w.type: is empty; name an agent type",
                        "12: r.children[6].id: must be text, was a list",
                        "12: r.children[6].type: must be text, was a mapping"));
    }

    static Stream<Arguments> wrongAgents() {
        return Stream.of(
                tree(
                        "id: r\nchildren:\n"
                                + "- { id: a, type: idle, mailbox: 0, remove_finished: true }\n"
                                + "- { id: b, type: idle, restart: transient, mailbox: 1, remove_finished: true }\n"
                                + "- { id: c, type: idle, restart: transient, remove_finished: 1 }",
                        "4: r/a.mailbox: must be 1 or more, was 0",
                        "4: r/a.remove_finished: is for a transient agent: a permanent one is restarted, and a"
                                + " temporary one removed anyway; make it transient, or leave this out",
                        "6: r/c.remove_finished: must be true or false, was '1'"),
                tree(
                        "id: r\nchildren:\n- id: a\n  type: proces\n  colour: red\n- id: s\n  children:\n  - id: b\n"
                                + "    type: process\n    config:\n      comand: [ls]\n",
                        "5: r/a.type: there is no agent type 'proces'; did you mean 'process'?"
                                + " the known types are: http-probe, idle, process, watch",
                        "6: r/a.colour: is not known here; the keys of an agent are: id, type, name, restart, start, shutdown, significant, mailbox, remove_finished,"
                                + " backoff, budget, deadlines, health, progress, needs, redeliver, poison_after, checkpoints, config",
                        "11: r/s/b.config.command: is missing; add command: [...]",
                        "12: r/s/b.config.comand: is not known here; did you mean 'command'? the keys are: command"),
                tree(
                        "id: r\nchildren:\n- id: a\n  type: process\n  config:\n    command:\n    - ls\n    - 8123\n"
                                + "- id: b\n  type: http-probe\n  config:\n    url: x\n    every: 1s\n"
                                + "- { id: c, type: idle, config: 3 }",
                        "9: r/a.config.command[1]: must be text, was 8123; put it in quotes: \"8123\"",
                        "12: r/b.config: url must begin with http:// or https://, was x",
                        "15: r/c.config: must be a mapping, as in config: { key: value }"),
                tree(
                        "id: r\nchildren:\n- id: a\n  type: http-probe\n  config:\n    url: ${env:UNSET}\n    every: 1x\n"
                                + "- id: b\n  type: process\n  config:\n    command: [ '${user.home}', '${', '${env:}' ]\n",
                        "7: r/a.config.url: needs the environment variable UNSET, which is not set; set it, or write its"
                                + " value",
                        "8: r/a.config.every: is not a duration, was '1x'; write a whole number with its unit, as in"
                                + " 200ms, 5s, 2m or 1h",
                        "12: r/b.config.command[0]: has the unknown placeholder ${user.home}; there are ${env:NAME},"
                                + " ${java.home} and ${data}; write $${ for the characters themselves",
                        "12: r/b.config.command[1]: has ${ without a closing brace;"
                                + " write $${ for the characters themselves",
                        "12: r/b.config.command[2]: has the unknown placeholder ${env:}; there are ${env:NAME},"
                                + " ${java.home} and ${data}; write $${ for the characters themselves"));
    }

    static Stream<Arguments> wrongLimits() {
        return Stream.of(
                tree(
                        "id: r\non_exhaustion: give_up\nchildren:\n"
                                + "- id: a\n  type: idle\n  backoff: { max: 1s }\n"
                                + "- id: b\n  type: idle\n  backoff:\n    initial: 2s\n    max: 1s\n"
                                + "    factor: 0.5\n    jitter: 120%\n    reset_after: 0s\n    reset: 1s\n"
                                + "- id: c\n  type: idle\n  backoff: 1s\n"
                                + "- id: d\n  type: idle\n  backoff:\n    initial: 1s\n    jitter: some\n    factor: x",
                        "3: r.on_exhaustion: must be escalate, park, { park: 10m } or { cool_down: 1m, max: 1h }",
                        "7: r/a.backoff.initial: is missing; add initial: 1s, the first wait",
                        "12: r/b.backoff.max: must be initial or longer, was 1s with an initial of 2s",
                        "13: r/b.backoff.factor: must be from 1 to 1000, was 0.5",
                        "14: r/b.backoff.jitter: must be from 0 to 1, was 1.2",
                        "15: r/b.backoff.reset_after: must be longer than zero, was 0s",
                        "16: r/b.backoff.reset: is not known here; the keys are: initial, max, factor, jitter,"
                                + " reset_after, allow_immortal",
                        "19: r/c.backoff: must be a mapping with keys and values",
                        "24: r/d.backoff.jitter: must be a number, was 'some'",
                        "25: r/d.backoff.factor: must be a number, was 'x'"),
                tree(
                        "id: r\nchildren:\n"
                                + "- id: a\n  type: idle\n  budget:\n    max_restarts: -1\n    time_window: 0s\n"
                                + "    healthy_after: 0s\n    on_exhaustion: { park: 0s }\n"
                                + "- id: b\n  children: []\n  budget:\n    on_exhaustion:\n"
                                + "      cool_down: 2h\n      max: 1h\n      park: 1h\n"
                                + "- { id: c, type: idle, budget: { on_exhaustion: [park] } }\n"
                                + "- { id: d, type: idle, budget: { on_exhaustion: { parc: 1s } } }",
                        "7: r/a.budget.max_restarts: must be 0 or more, was -1",
                        "8: r/a.budget.time_window: must be longer than zero, was 0s",
                        "9: r/a.budget.healthy_after: must be longer than zero, was 0s",
                        "10: r/a.budget.on_exhaustion.park: must be longer than zero, was 0s",
                        "16: r/b.budget.on_exhaustion.max: must be cool_down or longer, was 1h with a cool_down of 2h",
                        "17: r/b.budget.on_exhaustion.park: is not known here; the keys are: cool_down, max",
                        "18: r/c.budget.on_exhaustion: must be escalate, park, { park: 10m } or { cool_down: 1m, max: 1h }",
                        "19: r/d.budget.on_exhaustion.parc: is not known here; did you mean 'park'? the keys are: park"),
                tree(
                        "id: r\nchildren:\n- id: a\n  type: idle\n  deadlines:\n    init: 0s\n    message: never\n"
                                + "  health:\n    start_delay: -1s\n    interval: 5s\n    timeout: 6s\n    threshold: 0\n"
                                + "  progress:\n    limit: 0s\n    repetitions: 1001\n  needs: [a, b, a]\n"
                                + "  redeliver: true\n  poison_after: 0\n"
                                + "- { id: b, type: idle, needs: llm, poison_after: 3 }\n"
                                + "- { id: c, type: idle, needs: [{}, ' '], redeliver: often }\n"
                                + "- { id: d, children: [], health: {} }\n"
                                + "- id: e\n  type: idle\n  checkpoints:\n    every: 0s\n    on_stop: often\n"
                                + "    fall_back_after: 0\n    fall_back_within: 0s\n    evry: 1s",
                        "7: r/a.deadlines.init: must be longer than zero, was 0s",
                        "8: r/a.deadlines.message: is not a duration, was 'never'; write a whole number with its unit,"
                                + " as in 200ms, 5s, 2m or 1h; or infinity",
                        "10: r/a.health.start_delay: must not be negative, was '-1s'; write a whole number with its unit,"
                                + " as in 200ms, 5s, 2m or 1h",
                        "12: r/a.health.timeout: must not be longer than the interval, was 6s with an interval of 5s",
                        "13: r/a.health.threshold: must be 1 or more, was 0",
                        "15: r/a.progress.limit: must be longer than zero, was 0s",
                        "16: r/a.progress.repetitions: must be from 1 to 1000, was 1001",
                        "17: r/a.needs: names 'a' twice; remove one",
                        "19: r/a.poison_after: must be 1 or more, was 0",
                        "20: r/b.needs: must be a list, as in needs: [\"llm:host/model\"]",
                        "20: r/b.poison_after: needs redeliver: true; add it, or remove this",
                        "21: r/c.needs[0]: must be text, was a mapping",
                        "21: r/c.redeliver: must be true or false, was 'often'",
                        "21: r/c.needs: has an empty key; remove it",
                        "22: r/d.health: is not known here; the keys of a supervisor are: id, strategy, intensity,"
                                + " on_exhaustion, restart, start, shutdown, significant, backoff, budget,"
                                + " auto_shutdown, max_children, children",
                        "26: r/e.checkpoints.every: must be longer than zero, was 0s",
                        "27: r/e.checkpoints.on_stop: must be true or false, was 'often'",
                        "28: r/e.checkpoints.fall_back_after: must be 1 or more, or never, was 0",
                        "29: r/e.checkpoints.fall_back_within: must be longer than zero, was 0s",
                        "30: r/e.checkpoints.evry: is not known here; did you mean 'every'? the keys are: every, on_stop, fall_back_after, fall_back_within"),
                tree(
                        "id: r\nintensity: { max_restarts: 3, time_window: 5s }\nchildren:\n"
                                + "- id: a\n  type: idle\n  backoff: { initial: 1s }\n"
                                + "- id: s\n  backoff: { initial: 10s, jitter: 0, factor: 1 }\n  children: []\n"
                                + "- { id: ok, type: idle, backoff: { initial: 1s, allow_immortal: true } }\n"
                                + "- { id: fine, type: idle, backoff: { initial: 1s }, budget: {} }",
                        "7: r/a.backoff: with a backoff from 1s to 1m there can never be more than 3 restarts in 5s,"
                                + " so a child that always fails is restarted for ever; lengthen time_window, give the"
                                + " child a budget, or set allow_immortal: true",
                        "9: r/s.backoff: with a backoff from 10s to 1m there can never be more than 3 restarts in 5s,"
                                + " so a child that always fails is restarted for ever; lengthen time_window, give the"
                                + " child a budget, or set allow_immortal: true"));
    }

    static Stream<Arguments> wrongDependencies() {
        return Stream.of(
                wrong(
                        """
                        dependencies:
                          llm:
                            breaker:
                              failure_rate: 150%
                              window: 0
                              open_for: 0s
                              trial_call: 2
                            rate_limit: { calls: 5 }
                            bulkhead: none
                          "two words": {}
                          db:
                        supervisor:
                          id: r
                          children:
                            - { id: a, type: idle, needs: [lm, db] }
                        """,
                        "4: dependencies.llm.breaker.failure_rate: must be more than 0% and at most 100%, was 150.0%",
                        "5: dependencies.llm.breaker.window: must be from 1 to 100000, was 0",
                        "6: dependencies.llm.breaker.open_for: must be longer than zero, was 0s",
                        "7: dependencies.llm.breaker.trial_call: is not known here; did you mean 'trial_calls'? the keys are: failure_rate, window, minimum_calls, open_for, trial_calls, slow_call",
                        "8: dependencies.llm.rate_limit.per: is missing; write rate_limit: { calls: 60, per: 1m }",
                        "9: dependencies.llm.bulkhead: must be a whole number, was 'none'",
                        "10: dependencies.two words: a key has 1 to 200 characters and no spaces, as in llm:host/model, was 'two words'",
                        "11: dependencies.db: must be a mapping with keys and values",
                        "15: r/a.needs: there is no dependency 'lm'; did you mean 'llm'? the dependencies are: llm, two words, db"),
                wrong(
                        "supervisor:\n  id: r\n  children:\n  - { id: a, type: idle, needs: [llm] }\n",
                        "4: r/a.needs: there is no dependency 'llm', nor any other; add it to dependencies: of the tree file, or to SupervisorRuntime.Builder"));
    }

    @ParameterizedTest
    @MethodSource({
        "wrongDocuments",
        "wrongSupervisors",
        "wrongAgents",
        "wrongLimits",
        "wrongDependencies"
    })
    void namesEveryProblemWithItsLine(String text, List<String> problems) {
        ConfigurationException refused =
                catchThrowableOfType(ConfigurationException.class, () -> files.read(text));
        assertThat(files.inFile(refused.problems())).containsExactlyElementsOf(problems);
    }

    static Stream<Arguments> dangerousTrees() {
        return Stream.of(
                tree(
                        "id: r\nchildren:\n- id: a\n  type: idle\n  deadlines:\n    init: 13s\n    message: 12s\n"
                                + "- { id: b, type: idle, deadlines: { message: 1m }, budget: {} }\n"
                                + "- { id: c, type: idle, deadlines: { message: 59s }, budget: {} }\n"
                                + "- { id: d, type: idle, progress: { limit: 20s } }\n"
                                + "- { id: e, type: idle, restart: temporary, progress: { limit: 20s } }",
                        "7: r/a.deadlines.init: an agent that hangs in each run fails only every 13s, so there are never"
                                + " more than 5 restarts in 1m, and it is restarted for ever; give it a budget, which"
                                + " counts short runs however far apart they are",
                        "9: r/b.deadlines.message: an agent that hangs in each run fails only every 1m, so there are never"
                                + " more than 5 restarts in 1m, and it is restarted for ever; make healthy_after of its"
                                + " budget longer than this",
                        "11: r/d.progress.limit: an agent that hangs in each run fails only every 20s, so there are never"
                                + " more than 5 restarts in 1m, and it is restarted for ever; give it a budget, which"
                                + " counts short runs however far apart they are"),
                tree(
                        "id: r\nintensity: never\nchildren:\n"
                                + "- { id: a, type: idle, deadlines: { message: 1m }, backoff: { initial: 1s } }\n"
                                + "- { id: b, type: idle, deadlines: { message: 1m }, backoff: { initial: 1s, factor: 1 } }\n"
                                + "- { id: c, type: idle, deadlines: { message: 1m }, backoff: { initial: 1s, reset_after: 2m } }",
                        "5: r/a.deadlines.message: an agent that hangs runs for 1m, which is long enough for its backoff to"
                                + " begin anew (reset_after is 1m), so its waits never grow; make reset_after longer than"
                                + " this"),
                tree(
                        "id: r\nintensity: never\nchildren:\n"
                                + "- { id: a, type: idle, deadlines: { message: 1m }, health: { interval: 10s } }\n"
                                + "- { id: b, type: idle, deadlines: { message: 1m }, health: {} }\n"
                                + "- { id: c, type: idle, health: { interval: 10s } }",
                        "5: r/a.health: a check is answered between two messages, and one message may take 1m"
                                + " (deadlines.message); but after 25s without an answer the agent is ended as sick,"
                                + " although it is only busy; raise threshold, interval or timeout, or lower"
                                + " deadlines.message"),
                tree(
                        "id: r\nbackoff: { initial: 1s }\nchildren:\n"
                                + "- { id: a, type: idle, restart: temporary, budget: {}, redeliver: true }\n"
                                + "- { id: b, backoff: { initial: 1s }, children: [] }",
                        "3: r.backoff: has no effect: it is for restarts of this supervisor itself, and nobody restarts the"
                                + " root; write it at the children that it is meant for",
                        "5: r/a.budget: has no effect: a temporary child is never restarted; make it transient or"
                                + " permanent, or remove this",
                        "5: r/a.redeliver: has no effect: a temporary child is never restarted; make it transient or"
                                + " permanent, or remove this"),
                tree(
                        "id: r\non_exhaustion: park\nchildren:\n"
                                + "- id: s\n  strategy: one_for_all\n  on_exhaustion: park\n  children:\n"
                                + "  - { id: a, type: idle, budget: { on_exhaustion: park } }\n"
                                + "  - { id: b, type: idle, budget: { on_exhaustion: { park: 1m } } }",
                        "7: r/s.on_exhaustion: puts a child aside until somebody restarts it, and its siblings run on"
                                + " without it, although one_for_all says that they need each other; give a time, as in"
                                + " { park: 10m }, or leave it at escalate",
                        "9: r/s/a.budget.on_exhaustion: puts a child aside until somebody restarts it, and its siblings"
                                + " run on without it, although one_for_all says that they need each other; give a time,"
                                + " as in { park: 10m }, or leave it at escalate"));
    }

    @ParameterizedTest
    @MethodSource("dangerousTrees")
    void warnsOfWhatIsAllowedAndDangerous(String text, List<String> warnings) {
        assertThat(files.inFile(files.read(text).warnings())).containsExactlyElementsOf(warnings);
    }

    private static Arguments tree(String supervisor, String... problems) {
        return wrong("supervisor:\n" + supervisor.indent(2), problems);
    }

    private static Arguments wrong(String text, String... problems) {
        return Arguments.of(text, List.of(problems));
    }
}
