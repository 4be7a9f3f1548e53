package ai.terraphim.supervisor.testkit;

/** How many seeds a campaign plays. */
final class Seeds {
    private static final boolean FULL = "full".equals(System.getProperty("campaign.size"));

    private Seeds() {}

    /** A few in every build, many with {@code -Pcampaign}. */
    static long of(long inEveryBuild, long full) {
        return FULL ? full : inEveryBuild;
    }
}
