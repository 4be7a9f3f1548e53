package ai.terraphim.supervisor.api;

/** Two factories offer the same agent type, so that a spec which names it would be ambiguous. */
public final class DuplicateAgentTypeException extends SupervisionException {
    private static final long serialVersionUID = 1L;
    private final String agentType;

    /**
     * The error.
     *
     * @param agentType the type that is offered twice
     * @param first who offered it first: a plugin id, or {@code embedding program}
     * @param second who offered it again
     */
    public DuplicateAgentTypeException(String agentType, String first, String second) {
        super(
                ErrorCategory.CONFIGURATION,
                false,
                "agent type '%s' is offered by '%s' and by '%s'; remove one"
                        .formatted(agentType, first, second));
        this.agentType = agentType;
    }

    /**
     * The type that is offered twice.
     *
     * @return the word for {@code type} in specs
     */
    public String agentType() {
        return agentType;
    }
}
