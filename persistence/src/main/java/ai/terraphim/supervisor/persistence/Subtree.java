package ai.terraphim.supervisor.persistence;

/**
 * A path and everything below it, as a range that an index can serve and in which no character of
 * an id is special: below {@code root/a} are the texts from {@code root/a/} to before {@code
 * root/a0}, as zero is what follows the slash.
 */
record Subtree(String path) {
    String from() {
        return path + "/";
    }

    String to() {
        return path + (char) ('/' + 1);
    }
}
