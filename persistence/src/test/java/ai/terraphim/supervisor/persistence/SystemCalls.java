package ai.terraphim.supervisor.persistence;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What strace saw of one file: whether all that was written to it had been synced when something
 * was said on the standard output. A sync counts for what had been written when it began, and only
 * once it has ended well.
 */
final class SystemCalls {
    /** The thread, then a call or the end of one that other threads' calls came between. */
    private static final Pattern CALL = Pattern.compile("(\\d+) +(\\w+)\\(\\d+<([^>]*)>(.*)");

    private static final Pattern RESUMED =
            Pattern.compile("(\\d+) +<\\.\\.\\. (\\w+) resumed>(.*)");

    private final String file;
    private final String word;
    private final Map<String, Long> syncs = new HashMap<>();
    private long written;
    private long synced;
    private long writtenAtLastWord;

    /** How often the word was said after new writes, all of which were synced. */
    int afterSync;

    /** How often the word was said while a write was not synced. */
    int beforeSync;

    /** How often the word was said though nothing had been written since the last time. */
    int withoutWrite;

    SystemCalls(String file, String word) {
        this.file = file;
        this.word = word;
    }

    void read(String line) {
        Matcher call = CALL.matcher(line);
        Matcher resumed = RESUMED.matcher(line);
        if (call.matches()) {
            String thread = call.group(1);
            boolean ended = !line.endsWith("<unfinished ...>");
            switch (call.group(2)) {
                case "write", "pwrite64", "pwritev" -> {
                    if (call.group(3).endsWith(file)) {
                        written++;
                    } else if (call.group(4).startsWith(", \"" + word)) {
                        say();
                    }
                }
                case "fsync", "fdatasync" -> {
                    if (call.group(3).endsWith(file)) {
                        syncs.put(thread, written);
                        if (ended) {
                            sync(thread, line);
                        }
                    }
                }
                default -> throw new IllegalStateException(line);
            }
        } else if (resumed.matches() && resumed.group(2).endsWith("sync")) {
            sync(resumed.group(1), line);
        }
    }

    private void sync(String thread, String line) {
        Long upTo = syncs.remove(thread);
        if (upTo != null && line.endsWith("= 0")) {
            synced = Math.max(synced, upTo);
        }
    }

    private void say() {
        if (written == writtenAtLastWord) {
            withoutWrite++;
        } else if (synced == written) {
            afterSync++;
        } else {
            beforeSync++;
        }
        writtenAtLastWord = written;
    }
}
