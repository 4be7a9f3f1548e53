package ai.terraphim.supervisor.api;

/**
 * One version of a plugin, to the bit.
 *
 * @param id the {@code Plugin-Id} of its manifest
 * @param version the {@code Plugin-Version}; two jars may have the same
 * @param sha256 the digest of its jar, in lower-case hex
 */
public record PluginVersion(String id, String version, String sha256) {
    private static final int SHORT = 12;

    /**
     * The plugin in a message.
     *
     * @return such as {@code watch 1.2.0 (sha256 1f0a2b3c4d5e...)}
     */
    @Override
    public String toString() {
        return "%s %s (sha256 %s...)"
                .formatted(id, version, sha256.substring(0, Math.min(SHORT, sha256.length())));
    }
}
